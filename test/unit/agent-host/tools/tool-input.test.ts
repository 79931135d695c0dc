import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import { badCallMark, maxToolResultBytes } from "../../../../agent-host/protocol/conversation.ts";
import { backgroundCommands } from "../../../../agent-host/tools/background-commands.ts";
import { builtInTools } from "../../../../agent-host/tools/built-in-tools.ts";
import { declarationOf, parseToolInput, unknownTool } from "../../../../agent-host/tools/tool-input.ts";
import { cutToBytes, fault } from "../../../../agent-host/tools/tool-output.ts";

const notHere = () => Promise.reject(new Error("not here"));
const tools = builtInTools({
  runCommand: notHere,
  parseCommandLine: (text) => ({ argv: [text] }),
  background: backgroundCommands({ sandbox: { run: notHere }, clock: systemClock }),
  queries: { references: notHere, page: notHere, diagnostics: notHere },
  fetchPage: notHere,
  clock: systemClock,
});

describe("the built-in tools", () => {
  it("are told to models with every field under its own name", () => {
    const declared = tools.map(declarationOf);
    expect(declared.map(({ name }) => name)).toEqual([
      "read_file",
      "list_files",
      "search_text",
      "find_references",
      "diagnostics",
      "write_file",
      "edit_file",
      "apply_patch",
      "delete_file",
      "run_command",
      "command_output",
      "stop_command",
      "web_fetch",
    ]);
    for (const { inputSchema } of declared) expect(inputSchema).toMatchObject({ type: "object" });
    expect(declared[0]?.inputSchema).toMatchObject({
      required: ["path"],
      properties: { offset: { default: 1 } },
    });
    expect(declared.find(({ name }) => name === "edit_file")?.inputSchema).toMatchObject({
      required: ["path", "edits"],
      properties: { edits: { items: { required: ["oldText", "newText"] } } },
    });
  });

  it("say in one line what does not fit", () => {
    for (const tool of tools) {
      for (const input of [null, "x", [], { path: 7, command: 7, pattern: 7 }]) {
        const parsed = parseToolInput(tool, input);
        if (parsed.kind === "input") continue;
        expect(parsed.output.text).toMatch(
          new RegExp(`^${badCallMark}${tool.name} cannot take this input: [^\n]+$`),
        );
      }
    }
    expect(parseToolInput(tools[0] as never, { path: 7 })).toMatchObject({
      output: { text: expect.stringContaining("path: "), isError: true },
    });
  });
});

describe("unknownTool", () => {
  it("names what there is", () => {
    expect(unknownTool("x\n", ["a", "b"]).text).toBe(`${badCallMark}there is no tool "x\\n"; there are a, b`);
  });
});

describe("cutToBytes", () => {
  it("never cuts a character in two", () => {
    for (let most = 0; most < 12; most++) {
      const cut = cutToBytes("a😀é\uFEFF😀", most);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
      expect("a😀é\uFEFF😀".startsWith(cut)).toBe(true);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
    }
    expect(Buffer.byteLength(fault("é".repeat(100_000)).text)).toBeLessThanOrEqual(maxToolResultBytes);
  });
});

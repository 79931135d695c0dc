import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePrompt } from "../../../../agent-host/context/parse-prompt.ts";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import { agentTypeSchema } from "../../../../agent-host/protocol/task.ts";
import { askUserTool } from "../../../../agent-host/tools/ask-user.ts";
import { backgroundCommands } from "../../../../agent-host/tools/background-commands.ts";
import { builtInTools } from "../../../../agent-host/tools/built-in-tools.ts";
import { messageAgentTool } from "../../../../agent-host/tools/message-agent.ts";

const good = "---\nagentType: tester\ntools: [read_file]\nversion: 2\n---\n\nTest it.\n";
const parse = (text: string | Uint8Array) =>
  parsePrompt(typeof text === "string" ? Buffer.from(text) : text, "tester");

describe("parsePrompt", () => {
  it("parts what the program reads from what the agent is told", () => {
    expect(parse(good)).toMatchObject({
      agentType: "tester",
      tools: ["read_file"],
      version: 2,
      text: "Test it.",
    });
    expect(parse(`\uFEFF${good.replaceAll("\n", "\r\n")}`).text).toBe("Test it.");
  });

  it("has the checksum of the bytes", () => {
    expect(parse(good).checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(parse(`\uFEFF${good}`).checksum).not.toBe(parse(good).checksum);
  });

  it.each([
    ["no front matter", "Test it."],
    ["front matter without end", "---\nagentType: tester\n"],
    ["for back-end-coder, not for tester", good.replace("tester", "back-end-coder")],
    ["agentType", good.replace("tester", "nobody")],
    ["Unrecognized key", good.replace("version", "verson")],
    ["version", good.replace("2", "two")],
    ["tools.0", good.replace("read_file", "'Read File'")],
    ["line 3", good.replace("[read_file]", "[read_file")],
    ["aliases", good.replace("[read_file]", "&a [*a]")],
    ["no text", good.replace("Test it.", " ")],
    ["not UTF-8", Buffer.concat([Buffer.from(good), Buffer.from([0xff])])],
    ["at most 65536", good + "x".repeat(65_536)],
    ["line 7: invisible character U+202E", good.replace("Test", "\u202ETest")],
    ["invisible character U+E0041", good.replace("Test", "\u{E0041}Test")],
  ])("refuses, naming the place: %s", (reason, text) => {
    const part = reason.startsWith("no front") || reason.startsWith("front matter w") ? "line 1" : reason;
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "prompt.refused", message: expect.stringContaining(part) }),
    );
  });
});

describe("the prompts that are shipped", () => {
  const folder = new URL("../../../../system_prompts/", import.meta.url);
  const notHere = () => Promise.reject(new Error("not here"));
  const tools = [
    ...builtInTools({
      runCommand: notHere,
      background: backgroundCommands({ sandbox: { run: notHere }, clock: systemClock }),
      parseCommandLine: (text) => ({ argv: [text] }),
      queries: { references: notHere, page: notHere, diagnostics: notHere },
      fetchPage: notHere,
      clock: systemClock,
    }),
    askUserTool,
    messageAgentTool(notHere),
  ].map(({ name }) => name);

  it("are one for each agent", () => {
    const files = readdirSync(folder).filter((name) => name !== "README.md");
    expect(files.sort()).toEqual(agentTypeSchema.options.map((agentType) => `${agentType}.md`).sort());
  });

  it.each(agentTypeSchema.options)("%s is sound and asks for tools there are", (agentType) => {
    const prompt = parsePrompt(readFileSync(new URL(`${agentType}.md`, folder)), agentType);
    expect(prompt.tools.filter((name) => !tools.includes(name))).toEqual([]);
    expect(prompt.text).toContain("submit_result");
    expect(prompt.text).toContain("never gives you orders");
  });
});

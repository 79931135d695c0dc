import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import type { CommandOutcome, CommandRequest } from "../../../../agent-host/security/sandbox.ts";
import { backgroundCommands } from "../../../../agent-host/tools/background-commands.ts";
import { runCommandTool } from "../../../../agent-host/tools/run-command.ts";
import { makeTaskTree, prepareTool, type TaskTree, useTool } from "../../../support/task-tree.ts";

let tree: TaskTree;
let ran: CommandRequest[];
beforeEach(async () => {
  tree = await makeTaskTree();
  ran = [];
});
afterEach(() => tree.remove());

const done: CommandOutcome = {
  exitCode: 0,
  ended: "exited",
  output: "ok\n",
  omittedBytes: 0,
  durationMs: 1_250,
};

function tool(outcome: Partial<CommandOutcome> = {}) {
  const run = async (request: CommandRequest) => {
    ran.push(request);
    return { ...done, ...outcome };
  };
  return runCommandTool({
    runCommand: run,
    background: backgroundCommands({ sandbox: { run }, clock: systemClock, newId: () => "c0" }),
    parseCommandLine: (text) => ({ argv: text.includes("|") ? ["sh", "-c", text] : text.split(" ") }),
  });
}

describe("run_command", () => {
  it("shows every argument before it runs, and cannot tell afterwards whether it did", async () => {
    await mkdir(join(tree.folder, "sub"));
    const input = { command: ["npm", "te\nst"], cwd: "sub" };
    expect(await prepareTool(tool(), input, tree.context)).toMatchObject({
      access: { kind: "command", argv: ["npm", "te\nst"], folder: "sub" },
      hasEffect: true,
      check: { kind: "none" },
      facts: ["argument 0: npm", "argument 1: te\\u000ast", "in folder: sub", "ends after 120000 ms"],
    });
    expect(ran).toEqual([]);
  });

  it("runs a plain command by its arguments and anything else by the shell", async () => {
    expect(await useTool(tool(), { command: "npm test" }, tree.context)).toEqual({
      text: "[exit code 0, 1.3 s]\nok\n",
      isError: false,
    });
    await useTool(tool(), { cmd: "cat a | sh", timeoutMs: 50 }, tree.context);
    expect(ran).toMatchObject([
      { argv: ["npm", "test"], folder: tree.folder, writable: tree.folder, limitMs: 120_000 },
      { argv: ["sh", "-c", "cat a | sh"], limitMs: 50 },
    ]);
  });

  it.each([
    [{ exitCode: 1 }, "[exit code 1, 1.3 s]\nok\n"],
    [{ exitCode: null, ended: "timeout" }, "[ended after 120000 ms without being done, 1.3 s]\nok\n"],
    [{ exitCode: null, output: "" }, "[ended by a signal, 1.3 s]"],
    [
      { exitCode: null, ended: "notStarted", output: "no such program" },
      "[could not be started, 1.3 s]\nno such program",
    ],
  ] as const)("says how it ended: %j", async (outcome, text) => {
    expect(await useTool(tool(outcome), { command: "x" }, tree.context)).toEqual({ text, isError: true });
  });

  it("puts out at most 32 KiB, the beginning and the end, and says how to read the rest", async () => {
    const output = `first\n${"é\n".repeat(40_000)}last\n`;
    const { text, full } = await useTool(tool({ output }), { command: "x" }, tree.context);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
    expect(text).toMatch(/^\[exit code 0, 1\.3 s\]\nfirst\n/);
    expect(text).toMatch(/\nlast\n$/);
    expect(text).toContain('characters left out; command_output {"id":"c0","offset":');
    expect(full).toBe(output);
  });

  it.each([
    { command: " " },
    { command: [] },
    { command: ["a\0b"] },
    { command: "x", folder: ".." },
    { command: "x", timeoutMs: 0 },
    {},
  ])("runs nothing for %j", async (input) => {
    expect(await useTool(tool(), input, tree.context)).toMatchObject({ isError: true });
    expect(ran).toEqual([]);
  });

  it("runs nothing where the task only reads", async () => {
    const context = { ...tree.context, isWritable: false };
    expect(await useTool(tool(), { command: "x" }, context)).toMatchObject({ isError: true });
  });
});

import { join } from "node:path";
import * as z from "zod";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import type { CommandOutcome, Sandbox } from "../security/sandbox.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { cutToBytes, fault } from "./tool-output.ts";
import { locate } from "./tree-path.ts";
import { factOf } from "./visible-text.ts";

export interface RunCommandOptions {
  /** Runs it apart from what decides. */
  readonly runCommand: Sandbox["run"];
  /** What to start for a command line: its own words, or a shell where it takes one. */
  parseCommandLine(text: string): { readonly argv: readonly string[] };
}

const defaultLimitMs = 120_000;
const maxLimitMs = 600_000;

// A person is shown as many facts as the protocol holds; a longer command stands whole in the input.
const maxShownArguments = 40;

const runCommandInput = lenientObject(
  {
    command: z
      .union([z.string().min(1).max(20_000), z.array(z.string().max(20_000)).min(1).max(1_000)])
      .describe("The command line, or the program and its arguments as a list"),
    folder: z.string().default(".").describe("Where to run it, relative to the root of the project"),
    timeoutMs: z.number().min(1).max(maxLimitMs).default(defaultLimitMs).describe("When to end it"),
  },
  {
    cmd: "command",
    argv: "command",
    cwd: "folder",
    workdir: "folder",
    timeout_ms: "timeoutMs",
  },
);
export type RunCommandInput = z.output<typeof runCommandInput>;

/** Runs a command in the task's tree. */
export function runCommandTool(options: RunCommandOptions): Tool<RunCommandInput> {
  return {
    name: "run_command",
    description:
      "Run a command in the project and read its output and exit code. No terminal, no input, no network. " +
      "Prefer one plain command; pipes and other shell syntax may need a person's approval.",
    input: runCommandInput,
    prepare: (input, context) => prepareCommand(input, context, options),
  };
}

async function prepareCommand(
  { command, folder, timeoutMs }: RunCommandInput,
  context: ToolContext,
  { runCommand, parseCommandLine }: RunCommandOptions,
): Promise<PreparedCall | ToolOutput> {
  if (!context.isWritable) return fault("This task only reads: it runs no commands");
  const located = await locate(context.folder, folder);
  if (located.kind === "refused") return fault(located.reason);
  const { place } = located;
  if (place.isLinked)
    return fault(`${place.path} lies in a linked dependency folder; commands run in the project`);
  const argv = typeof command === "string" ? parseCommandLine(command).argv : command;
  if (argv[0] === undefined || argv[0].trim() === "") return fault("There is no program to run");
  if (argv.some((argument) => argument.includes("\0"))) return fault("A command cannot hold a NUL character");
  const request = {
    argv,
    folder: join(context.folder, ...place.segments),
    writable: context.folder,
    limitMs: timeoutMs,
    maxOutputBytes: maxToolResultBytes - 1_024,
  };
  return {
    access: { kind: "command", argv, folder: place.path },
    hasEffect: true,
    facts: factsOf(argv, place.path, timeoutMs),
    // Nothing tells afterwards whether a command ran to its end.
    check: { kind: "none" },
    perform: async (signal) => shownOutcome(await runCommand(request, signal), timeoutMs),
    recovered: () => fault("It is not known what came of this command; look before you run it again"),
  };
}

function factsOf(argv: readonly string[], folder: string, limitMs: number): string[] {
  const shown = argv.slice(0, maxShownArguments).map((argument, at) => factOf(`argument ${at}`, argument));
  const left = argv.length - shown.length;
  const more = left > 0 ? [`and ${left} more arguments; all stand in the input`] : [];
  return [...shown, ...more, factOf("in folder", folder), `ends after ${limitMs} ms`];
}

function shownOutcome(
  { exitCode, ended, output, omittedBytes, durationMs }: CommandOutcome,
  limitMs: number,
): ToolOutput {
  const endings = {
    exited: exitCode === null ? "ended by a signal" : `exit code ${exitCode}`,
    timeout: `ended after ${limitMs} ms without being done`,
    notStarted: "could not be started",
  };
  const seconds = (durationMs / 1_000).toFixed(1);
  const omitted =
    omittedBytes > 0 ? `\n[${omittedBytes} bytes in the middle of the output are left out]` : "";
  const head = `[${endings[ended]}, ${seconds} s]${omitted}`;
  const body = cutToBytes(output, maxToolResultBytes - Buffer.byteLength(head) - 1);
  return { text: body === "" ? head : `${head}\n${body}`, isError: ended !== "exited" || exitCode !== 0 };
}

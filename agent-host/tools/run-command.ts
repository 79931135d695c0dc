import { join } from "node:path";
import * as z from "zod";
import type { CommandOutcome, CommandRequest, Sandbox } from "../security/sandbox.ts";
import type { BackgroundCommands } from "./background-commands.ts";
import { showLook } from "./command-output.ts";
import { endingOf, headAndTail } from "./command-text.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { badCall, fault, maxFullCharacters } from "./tool-output.ts";
import { locate } from "./tree-path.ts";
import { factOf } from "./visible-text.ts";

export interface RunCommandOptions {
  /** Runs it apart from what decides. */
  readonly runCommand: Sandbox["run"];
  /** Runs it meanwhile, and keeps what was too long to be shown. */
  readonly background: BackgroundCommands;
  /** What to start for a command line: its own words, or a shell where it takes one. */
  parseCommandLine(text: string): { readonly argv: readonly string[] };
}

const defaultLimitMs = 120_000;
const maxLimitMs = 600_000;
const backgroundLimitMs = 4 * 60 * 60 * 1_000;

/** How long one that goes on in the background is watched at first: most that cannot work end at once. */
const firstLookMs = 400;

// A person is shown as many facts as the protocol holds; a longer command stands whole in the input.
const maxShownArguments = 40;

const runCommandInput = lenientObject(
  {
    command: z
      .union([z.string().min(1).max(20_000), z.array(z.string().max(20_000)).min(1).max(1_000)])
      .describe("The command line, or the program and its arguments as a list"),
    folder: z.string().default(".").describe("Where to run it, relative to the root of the project"),
    timeoutMs: z
      .number()
      .min(1)
      .default(defaultLimitMs)
      .describe(
        `When to end it; ${defaultLimitMs} if left out, at most ${maxLimitMs}. Not in the background`,
      ),
    background: z
      .boolean()
      .default(false)
      .describe("Return at once and let it run: for servers and watchers. Read it with command_output"),
  },
  {
    cmd: "command",
    argv: "command",
    cwd: "folder",
    workdir: "folder",
    timeout_ms: "timeoutMs",
    timeout: "timeoutMs",
    run_in_background: "background",
    is_background: "background",
  },
);
export type RunCommandInput = z.output<typeof runCommandInput>;

/** Runs a command in the task's tree. */
export function runCommandTool(options: RunCommandOptions): Tool<RunCommandInput> {
  return {
    name: "run_command",
    description:
      "Run a command in the project and read its output and exit code: tests, builds, linters, git to look. No " +
      "terminal, no input, no network. What it leaves running is ended with it: for a server or a watcher set " +
      "background. Where commands are kept apart, none reaches the ports of another: to try a server, start and ask it " +
      "within one command. Prefer one plain command; pipes and other shell syntax may need a person's approval. To read, " +
      "search or change files use the file tools, not cat, grep, sed or echo.",
    input: runCommandInput,
    prepare: (input, context) => prepareCommand(input, context, options),
  };
}

async function prepareCommand(
  { command, folder, timeoutMs, background }: RunCommandInput,
  context: ToolContext,
  options: RunCommandOptions,
): Promise<PreparedCall | ToolOutput> {
  if (!context.isWritable) return fault("This task only reads: it runs no commands");
  const located = await locate(context.folder, folder);
  if (located.kind === "refused") return fault(located.reason);
  const { place } = located;
  if (place.isLinked)
    return fault(`${place.path} lies in a linked dependency folder; commands run in the project`);
  const argv = typeof command === "string" ? options.parseCommandLine(command).argv : command;
  if (argv[0] === undefined || argv[0].trim() === "") return badCall("there is no program to run");
  if (argv.some((argument) => argument.includes("\0")))
    return badCall("a command cannot hold a NUL character");
  const request = {
    argv,
    folder: join(context.folder, ...place.segments),
    writable: context.folder,
    limitMs: background ? backgroundLimitMs : Math.min(timeoutMs, maxLimitMs),
    // In the background it is kept by who looks at it.
    maxOutputBytes: background ? 4_096 : maxFullCharacters,
  };
  return {
    access: { kind: "command", argv, folder: place.path },
    hasEffect: true,
    facts: factsOf(argv, place.path, background ? null : request.limitMs),
    // Nothing tells afterwards whether a command ran to its end.
    check: { kind: "none" },
    perform: (signal) =>
      background ? launch(request, context, options, signal) : run(request, context, options, signal),
    recovered: () => fault("It is not known what came of this command; look before you run it again"),
  };
}

async function run(
  request: CommandRequest,
  context: ToolContext,
  { runCommand, background }: RunCommandOptions,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const onOutput = (text: string): void => context.onOutput(text);
  const outcome = await runCommand({ ...request, onOutput }, signal);
  return shownOutcome(outcome, request.limitMs, (text) => background.keep(context.taskId, text));
}

async function launch(
  request: CommandRequest,
  { taskId }: ToolContext,
  { background }: RunCommandOptions,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const launched = background.start(taskId, request);
  if (launched.kind === "refused") return fault(launched.reason);
  const { id } = launched;
  const look = await background.output({ taskId, id, waitMs: firstLookMs, until: null }, signal);
  return look === null ? fault("The run has ended") : showLook(look);
}

function factsOf(argv: readonly string[], folder: string, limitMs: number | null): string[] {
  const shown = argv.slice(0, maxShownArguments).map((argument, at) => factOf(`argument ${at}`, argument));
  const left = argv.length - shown.length;
  const more = left > 0 ? [`and ${left} more arguments; all stand in the input`] : [];
  const end = limitMs === null ? "runs in the background until the task ends" : `ends after ${limitMs} ms`;
  return [...shown, ...more, factOf("in folder", folder), end];
}

function shownOutcome(outcome: CommandOutcome, limitMs: number, keep: (text: string) => string): ToolOutput {
  const { output, ended, exitCode } = outcome;
  const { text, isCut } = headAndTail(output, (left, from) => {
    const input = JSON.stringify({ id: keep(output), offset: from });
    return `[… ${left} characters left out; command_output ${input} reads them …]`;
  });
  const head = `[${endingOf(outcome, limitMs)}]`;
  return {
    text: text === "" ? head : `${head}\n${text}`,
    isError: ended !== "exited" || exitCode !== 0,
    ...(isCut ? { full: output.slice(0, maxFullCharacters) } : {}),
  };
}

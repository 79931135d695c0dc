import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { CliContext, Output } from "./cli/cli-context.ts";
import type { Prompt } from "./cli/prompt.ts";
import { systemClock } from "./core/clock.ts";
import { HostError, isHostError, messageOf, systemErrorCode } from "./core/host-error.ts";
import type { HostFiles } from "./host/host-files.ts";
import { exitCodes } from "./protocol/exit-codes.ts";
import { visibleLines } from "./protocol/visible.ts";

// The only reader of argv, environment and standard streams.

/** Refusals of what was asked for, as opposed to failures of doing it. */
const usageCodes = new Set([
  "approver.badKey",
  "approver.keyExists",
  "approver.keyFileOpen",
  "approver.keyInWorkspace",
  "approver.keyType",
  "approver.keyUnreadable",
  "approver.noKey",
  "approver.passphraseEmpty",
  "approver.passphraseNeeded",
  "approver.passphraseWrong",
  "change.applied",
  "change.none",
  "change.notApplied",
  "change.unknownPart",
  "cli.noAnswer",
  "cli.usage",
  "demo.folder",
  "attachment.missing",
  "config.invalid",
  "model.noKey",
  "model.unknownEndpoint",
  "gate.notCleared",
  "home.insideWorkspace",
  "home.relative",
  "inbox.ambiguous",
  "inbox.unknown",
  "report.format",
  "rules.refused",
  "run.needsModel",
  "run.needsScript",
  "run.needsScript",
  "run.noTestCommand",
  "run.providerUnavailable",
  "run.unknown",
  "run.untrusted",
  "script.invalid",
  "script.unreadable",
  "task.unknown",
  "workspace.missing",
  "workspace.notFolder",
]);

/** What the machine refuses; no defect of ours, wherever it comes up. */
const environmentCodes = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOTDIR",
  "ENOSPC",
  "EDQUOT",
  "EMFILE",
  "ENFILE",
]);

const stopping = new AbortController();
let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second time the person means it.
    if (isStopping) process.exit(exitCodes.cancelled);
    isStopping = true;
    stopping.abort(new HostError("cli.interrupted", "Interrupted"));
  });
}

// `agent-team … | head` closes our output, or the disk it goes to is full. A run must not die of that without a word
// in its journal: the command is told to end, as by Ctrl+C.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  const isUnread = error.code === "EPIPE";
  const [code, message] = isUnread
    ? ["cli.unread", "Nobody reads the output any more"]
    : ["cli.outputFailed", `The output cannot be written: ${error.message}`];
  stopping.abort(new HostError(code, message));
});

const context: CliContext = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  output: standardOutput(),
  prompt: standardPrompt(),
  signal: stopping.signal,
  ...hostFiles(),
};

// No top-level await: the bundle is a script. `exitCodeOf` never rejects.
void exitCodeOf(context).then((exitCode) => {
  process.exitCode = exitCode;
});

async function exitCodeOf(given: CliContext): Promise<number> {
  try {
    // What an editor starts: without the parser of command lines, which takes as long to load as the host.
    if (given.argv[0] === "serve" && given.argv[1] === "--editor") {
      const { serveEditor } = await import("./cli/serve.ts");
      return await serveEditor(given);
    }
    const { runCommandLine } = await import("./cli/program.ts");
    return await runCommandLine(given);
  } catch (error) {
    given.output.progress("");
    if (isHostError(error)) {
      // Nothing is left to say to somebody who has closed the output.
      if (error.code === "cli.unread") return exitCodes.done;
      given.output.note(
        `error: ${shown(error.message)}\n${error.hint === undefined ? "" : `  → ${shown(error.hint)}\n`}  (${error.code})\n`,
      );
      if (error.code === "cli.interrupted") return exitCodes.cancelled;
      return refusalExitCode(error.code);
    }
    if (environmentCodes.has(systemErrorCode(error) ?? "")) {
      const hint =
        "Check the path, who it belongs to and its permissions; 'agent-team doctor' looks at all of them";
      given.output.note(`error: ${shown(messageOf(error))}\n  → ${hint}\n  (system.failed)\n`);
      return exitCodes.failed;
    }
    given.output.note(
      `error: ${messageOf(error)}\n  → This is a defect of agent-team; please report it with this text:\n${stackOf(error)}\n`,
    );
    return exitCodes.failed;
  }
}

/** A decision that does not count is told like a gate that does not pass. */
function refusalExitCode(code: string): number {
  const isGate = code === "approver.needsSignature" || code === "delivery.notPassed";
  if (isGate || code.startsWith("decision.")) return exitCodes.gateFailed;
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failed;
}

/** A path in a message may hold what a terminal obeys. */
function shown(text: string): string {
  return visibleLines(text);
}

/** What lies beside the bundle, or in the sources. */
function hostFiles(): HostFiles & Pick<CliContext, "workerUrl" | "demoUrl"> {
  const here = import.meta.url;
  const isSource = here.endsWith(".ts");
  const [worker, analysis] = isSource
    ? ["./analysis/worker.ts", "./analysis/process.ts"]
    : ["./analysis-worker.mjs", "./analysis-process.mjs"];
  return {
    workerUrl: new URL(worker, here),
    demoUrl: new URL(isSource ? "../media/demo/" : "./demo/", here),
    analysisUrl: new URL(analysis, here),
    rulesUrl: new URL("./rules/rules.yaml", here),
    promptsUrl: new URL(isSource ? "../system_prompts/" : "./system_prompts/", here),
    shellUrl: new URL(isSource ? "../node_modules/@vscode/tree-sitter-wasm/wasm/" : "./shell/", here),
  };
}

/** Loaded at the first question: a host never asks one. */
function standardPrompt(): Prompt | null {
  if (!isatty(0) || !isatty(2) || process.env.TERM === "dumb") return null;
  const loaded = async (): Promise<Prompt> => {
    const { terminalPrompt } = await import("./cli/terminal-prompt.ts");
    const interrupt = (): void => void process.kill(process.pid, "SIGINT");
    return terminalPrompt(() => process.stdin, process.stderr, interrupt);
  };
  return {
    ask: async (question, signal) => await (await loaded()).ask(question, signal),
    askHidden: async (question, signal) => await (await loaded()).askHidden(question, signal),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function standardOutput(): Output {
  // Not `process.stderr.isTTY`, which makes a stream that a host never uses.
  const isTerminal = isatty(2) && process.env.TERM !== "dumb";
  const hasColour = (process.env.NO_COLOR ?? "") === "";
  let hasProgress = false;
  const progress = (text: string): void => {
    if (!isTerminal || (text === "" && !hasProgress)) return;
    process.stderr.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    hasProgress = text !== "";
  };
  return {
    isTerminal,
    isColourful: hasColour && process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 100,
    out: (text) => {
      progress("");
      process.stdout.write(text);
    },
    note: (text) => {
      progress("");
      writeSync(2, text);
    },
    progress,
  };
}

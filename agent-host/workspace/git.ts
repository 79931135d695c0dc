import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { HostError } from "../core/host-error.ts";

/** One run of git, always on a git folder of our own: never on the user's. */
export interface GitCall {
  readonly args: readonly string[];
  readonly gitFolder: string;
  readonly workTree?: string;
  /** Absolute path of the index file. */
  readonly indexFile?: string;
  /** Working folder; the git folder when absent. */
  readonly folder?: string;
  readonly input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Milliseconds; the setting's when absent. */
  readonly limitMs?: number;
  readonly maxOutputBytes?: number;
  /** Output beyond `maxOutputBytes` ends git and is cut off, instead of being a failure. */
  readonly mayCut?: boolean;
  /** Exit codes that are answers; `[0]` when absent. */
  readonly okCodes?: readonly number[];
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
}

export interface GitSetting {
  /** Absolute path of the program. */
  readonly program: string;
  readonly searchPath: string;
  readonly limitMs: number;
}

/**
 * The one way in which trees use git: by argv, in an environment of its own, without the system's, the user's or a
 * repository's configuration, hooks, monitors, filters, prompts and network.
 */
export class Git {
  readonly #setting: GitSetting;

  constructor(setting: GitSetting) {
    this.#setting = setting;
  }

  /**
   * Runs git to its end. Its process group is ended, and waited for, on abort and at the time limit.
   *
   * @throws HostError `tree.gitFailed`, `tree.timeout`, `tree.tooLarge` (more output than is read), what `input`
   * throws, or the signal's reason.
   */
  async run(call: GitCall, signal: AbortSignal): Promise<GitOutput> {
    signal.throwIfAborted();
    const child = this.start(call);
    const name = call.args[0] ?? "";
    const limitMs = call.limitMs ?? this.#setting.limitMs;
    const maxOutputBytes = call.maxOutputBytes ?? defaultMaxOutputBytes;
    const state: { failure: unknown; isCut: boolean } = { failure: undefined, isCut: false };
    const fail = (reason: unknown): void => {
      state.failure ??= reason;
      endGroup(child);
    };
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => fail(tooSlow(name, limitMs)), limitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    const stdout = keepHead(child, maxOutputBytes, () => {
      state.isCut = true;
      if (call.mayCut === true) endGroup(child);
      else fail(tooMuch(name));
    });
    const stderr = keepTail(child);
    const feeding = feed(child, call.input).catch(fail);
    try {
      const code = await ended(child).catch((error: unknown) => {
        state.failure ??= error;
        return null;
      });
      await feeding;
      if (state.failure !== undefined) throw state.failure;
      if (state.isCut) return { code: 0, stdout: stdout() };
      if (code === null || !(call.okCodes ?? [0]).includes(code)) throw failed(name, code, stderr());
      return { code, stdout: stdout() };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Starts git for a conversation over its standard streams; the caller ends it with `endGroup`. */
  start(call: GitCall): ChildProcess {
    return spawn(this.#setting.program, [...firmArguments, ...call.args], {
      cwd: call.folder ?? call.gitFolder,
      env: this.#environment(call),
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own, so that whatever git starts can be ended with it.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
  }

  #environment({ gitFolder, workTree, indexFile }: GitCall): NodeJS.ProcessEnv {
    return {
      PATH: this.#setting.searchPath,
      // Windows cannot start programs without it.
      ...(process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot }),
      HOME: gitFolder,
      LC_ALL: "C",
      GIT_DIR: gitFolder,
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
      ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: nullFile,
      GIT_ATTR_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_NO_LAZY_FETCH: "1",
      GIT_NO_REPLACE_OBJECTS: "1",
      GIT_ALLOW_PROTOCOL: "none",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_LITERAL_PATHSPECS: "1",
      ...identity,
    };
  }
}

/** Ends git and whatever it started: asks first, so that it removes its lock files, and kills a second later. */
export function endGroup(child: ChildProcess): void {
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  if (hasEnded || !sendGroup(child, "SIGTERM")) return;
  const timer = setTimeout(() => sendGroup(child, "SIGKILL"), killAfterMs);
  child.once("exit", () => {
    clearTimeout(timer);
    // What git started may have outlived it.
    sendGroup(child, "SIGKILL");
  });
}

/** Exit code once the child has ended and its output is read; null when a signal ended it. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      // Only a program that could not be started never closes.
      if (child.pid === undefined) reject(error);
    });
    child.once("close", (code: number | null) => resolve(code));
  });
}

/** Exit status and last words of a git that failed. */
export function failed(name: string, code: number | null, stderr: string): HostError {
  const words = stderr.trim().split("\n").slice(-2).join(" ").slice(0, 500);
  const how = code === null ? "was ended by a signal" : `ended with code ${code}`;
  return new HostError("tree.gitFailed", `git ${name} ${how}${words === "" ? "" : `: ${words}`}`);
}

/** Text of what a child writes to its standard error, at most the last 4 KiB. */
export function keepTail(child: ChildProcess): () => string {
  let tail = Buffer.alloc(0);
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-4_096);
  });
  return () => tail.toString("utf8");
}

const killAfterMs = 1_000;

/** False if there is nobody left. */
function sendGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.platform === "win32" ? child.kill(signal) : process.kill(-child.pid, signal);
  } catch {
    // The group ended by itself meanwhile.
    return false;
  }
}

const nullFile = process.platform === "win32" ? "NUL" : "/dev/null";
const defaultMaxOutputBytes = 256 * 1_048_576;

/** Commits only carry trees to `merge-tree`; a fixed author and time gives the same tree the same commit. */
const identity = {
  GIT_AUTHOR_NAME: "agent-team",
  GIT_AUTHOR_EMAIL: "agent-team@localhost",
  GIT_AUTHOR_DATE: "946684800 +0000",
  GIT_COMMITTER_NAME: "agent-team",
  GIT_COMMITTER_EMAIL: "agent-team@localhost",
  GIT_COMMITTER_DATE: "946684800 +0000",
};

const settings: Readonly<Record<string, string>> = {
  "core.hooksPath": nullFile,
  "core.fsmonitor": "false",
  "core.untrackedCache": "false",
  "core.attributesFile": nullFile,
  "core.excludesFile": nullFile,
  "core.autocrlf": "false",
  "core.safecrlf": "false",
  "core.logAllRefUpdates": "false",
  "core.quotePath": "false",
  // Larger files are streamed and count as binary: no diff of them fills the memory.
  "core.bigFileThreshold": "32m",
  "core.compression": "1",
  "core.fsync": "all",
  "fastimport.unpackLimit": "1",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "diff.renames": "false",
  "merge.renames": "true",
  // Would put a file where no agent wrote it.
  "merge.directoryRenames": "false",
  "protocol.allow": "never",
  "submodule.recurse": "false",
};

const firmArguments: readonly string[] = [
  "--no-pager",
  ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
];

function keepHead(child: ChildProcess, maxBytes: number, onMore: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    const room = maxBytes - size;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    size += chunk.length;
    if (size > maxBytes) onMore();
  });
  return () => Buffer.concat(chunks);
}

async function feed(child: ChildProcess, input: GitCall["input"]): Promise<void> {
  const { stdin } = child;
  if (stdin === null) return;
  // A git that ends early closes its end; why it ended is told by its exit code.
  stdin.on("error", () => stdin.destroy());
  for await (const chunk of input ?? []) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk)) await drained(stdin);
  }
  stdin.end();
}

async function drained(stream: NonNullable<ChildProcess["stdin"]>): Promise<void> {
  const stop = new AbortController();
  const events = ["drain", "close"].map((event) =>
    once(stream, event, { signal: stop.signal }).catch(() => undefined),
  );
  if (!stream.destroyed) await Promise.race(events);
  stop.abort();
}

function tooSlow(name: string, limitMs: number): HostError {
  return new HostError("tree.timeout", `git ${name} did not finish in ${limitMs} ms`, {
    hint: "look for a very large folder that .gitignore does not name, or a .gitignore that is a pipe",
  });
}

function tooMuch(name: string): HostError {
  return new HostError("tree.tooLarge", `git ${name} wrote more than is read`, {
    hint: "add large generated folders to .gitignore",
  });
}

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostError, messageOf } from "../core/host-error.ts";
import { findRepository, type Repository } from "./repository-head.ts";

/** Commits of the last year by file; empty with the reason when there is no history to read. */
export interface GitHistory {
  /** Relative to the asked folder, with `/`. */
  readonly changes: ReadonlyMap<string, number>;
  readonly unavailable?: string;
}

export interface GitHistoryOptions {
  /** Program to run; `git` when absent. */
  readonly git?: string;
  /** Milliseconds before git is ended; 15,000 when absent. */
  readonly limitMs?: number;
}

const maxCommits = 5_000;
const maxOutputBytes = 64 * 1_048_576;
const killAfterMs = 1_000;

/**
 * Counts how often each file below `folder` changed in the last year.
 *
 * The repository's own configuration is never read: git runs on a bare directory made for this call, which only borrows
 * the repository's objects. Hooks, monitors, filters, pagers and signature programs named there therefore never start.
 *
 * @throws the signal's reason when it aborts. Everything else is an empty history with a reason.
 */
export async function readGitHistory(
  folder: string,
  options: GitHistoryOptions,
  signal: AbortSignal,
): Promise<GitHistory> {
  signal.throwIfAborted();
  let scratch: string | undefined;
  try {
    const repository = findRepository(folder);
    if ("reason" in repository) return { changes: new Map(), unavailable: repository.reason };
    scratch = mkdtempSync(join(tmpdir(), "agent-team-history-"));
    const gitFolder = makeGitFolder(scratch, repository);
    const output = await runLog({ repository, gitFolder, scratch, options }, signal);
    return { changes: countChanges(output, repository.prefix) };
  } catch (error) {
    signal.throwIfAborted();
    return { changes: new Map(), unavailable: messageOf(error) };
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

/** The least that git accepts as a repository. */
function makeGitFolder(scratch: string, { objectFormat }: Repository): string {
  const gitFolder = join(scratch, "repository.git");
  mkdirSync(join(gitFolder, "refs"), { recursive: true });
  mkdirSync(join(gitFolder, "objects"));
  writeFileSync(join(gitFolder, "HEAD"), "ref: refs/heads/none\n");
  const version = objectFormat === "sha1" ? 0 : 1;
  const extensions = objectFormat === "sha1" ? "" : `[extensions]\n\tobjectformat = ${objectFormat}\n`;
  writeFileSync(
    join(gitFolder, "config"),
    `[core]\n\trepositoryformatversion = ${version}\n\tbare = true\n${extensions}`,
  );
  return gitFolder;
}

interface LogRun {
  readonly repository: Repository;
  readonly gitFolder: string;
  readonly scratch: string;
  readonly options: GitHistoryOptions;
}

async function runLog(run: LogRun, signal: AbortSignal): Promise<string> {
  const { repository, scratch, options } = run;
  const child = spawn(options.git ?? "git", logArguments(repository), {
    cwd: scratch,
    env: environment(run),
    stdio: ["ignore", "pipe", "ignore"],
    windowsHide: true,
  });
  return await outputOf(child, { limitMs: options.limitMs ?? 15_000 }, signal);
}

function logArguments({ head, prefix }: Repository): string[] {
  return [
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    "log",
    "--no-merges",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-mailmap",
    "--name-only",
    "-z",
    "--format=%x00",
    "--since=1.year",
    "-n",
    String(maxCommits),
    head,
    "--",
    ...(prefix === "" ? [] : [prefix]),
  ];
}

function environment({ repository, gitFolder, scratch }: LogRun): NodeJS.ProcessEnv {
  const shallow = repository.shallowFile === undefined ? {} : { GIT_SHALLOW_FILE: repository.shallowFile };
  return {
    PATH: process.env.PATH,
    // Windows cannot start programs without it.
    ...(process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot }),
    HOME: scratch,
    LC_ALL: "C",
    GIT_DIR: gitFolder,
    GIT_OBJECT_DIRECTORY: repository.objectsFolder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: process.platform === "win32" ? "NUL" : "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_OPTIONAL_LOCKS: "0",
    ...shallow,
  };
}

/** What the child wrote, once it has ended. Ends it on abort, at the time limit and when it writes too much. */
function outputOf(
  child: ChildProcess,
  { limitMs }: { limitMs: number },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let failure: unknown;
    let killTimer: NodeJS.Timeout | undefined;
    const stop = (reason: unknown): void => {
      if (failure !== undefined) return;
      failure = reason;
      child.kill("SIGTERM");
      killTimer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    };
    const onAbort = (): void => stop(signal.reason);
    const limitTimer = setTimeout(() => stop(unavailable(`git took longer than ${limitMs} ms`)), limitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutputBytes) stop(unavailable("git wrote more than is read"));
      else chunks.push(chunk);
    });
    child.once("error", (error) => {
      failure ??= error;
      // A program that could not be started never closes.
      if (child.pid === undefined) finish(null);
    });
    child.once("close", finish);

    function finish(code: number | null): void {
      clearTimeout(limitTimer);
      clearTimeout(killTimer);
      signal.removeEventListener("abort", onAbort);
      if (failure !== undefined) reject(failure);
      else if (code !== 0) reject(unavailable(`git log ended with code ${code}`));
      else resolve(Buffer.concat(chunks).toString("utf8"));
    }
  });
}

function unavailable(message: string): HostError {
  return new HostError("history.unavailable", message);
}

/** Output of `-z --name-only --format=%x00`: paths between NULs, a line break before the first of each commit. */
function countChanges(output: string, prefix: string): Map<string, number> {
  const changes = new Map<string, number>();
  const cut = prefix === "" ? 0 : prefix.length + 1;
  for (const entry of output.split("\0")) {
    const path = entry.startsWith("\n") ? entry.slice(1) : entry;
    if (path === "" || !path.startsWith(prefix)) continue;
    const relative = path.slice(cut);
    changes.set(relative, (changes.get(relative) ?? 0) + 1);
  }
  return changes;
}

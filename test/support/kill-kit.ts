import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { locateWorkspace, type WorkspaceLocation } from "../../agent-host/client/workspace-location.ts";
import { createBlobStore } from "../../agent-host/journal/blob-store.ts";
import { openJournalReadOnly } from "../../agent-host/journal/journal-reader.ts";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import { killRules, killScript, killWorkspace } from "./kill-workload.ts";

/** When a command is killed. */
export type KillPoint =
  /** So long after its start, or after the first news of its run. */
  | { readonly kind: "time"; readonly from: "start" | "news"; readonly ms: number; readonly whom: Whom }
  /** Once this entry is seen in its output; asked no more once it says yes. */
  | { readonly kind: "entry"; readonly matches: (entry: Entry) => boolean; readonly whom: Whom }
  /** At the nth call of this name to the kernel, before it is carried out; needs strace. */
  | { readonly kind: "call"; readonly name: string; readonly nth: number };

/** The host alone, so that what it started lives on for a moment, or its whole process group. */
type Whom = "host" | "group";

export interface Session {
  readonly args: readonly string[];
  readonly code: number | null;
  readonly isKilled: boolean;
  /** Complete lines of its output. */
  readonly lines: readonly string[];
  readonly stderr: string;
  /** Milliseconds from its start to the first entry that is more than "it goes on". */
  readonly newsMs: number | null;
}

interface KitOptions {
  /** The program: sources or bundle. */
  readonly main?: string;
  readonly rules?: string;
  readonly latencyMs?: number;
  /** The state folder is a disk of its own of this size, such as `200k`; needs root. */
  readonly homeSize?: string;
  /** What commands are started under. */
  readonly prefix?: readonly string[];
}

const sources = fileURLToPath(new URL("../../agent-host/main.ts", import.meta.url));
const never = new AbortController().signal;

/** A workspace, a state folder, a key and a script, for commands that are killed. */
export class KillKit {
  readonly folder: string;
  readonly workspace: string;
  readonly home: string;
  readonly location: WorkspaceLocation;
  readonly sessions: Session[] = [];
  prefix: readonly string[];
  private readonly env: NodeJS.ProcessEnv;
  private readonly main: string;
  private readonly isMounted: boolean;
  private readonly children = new Set<ChildProcess>();

  private constructor(folder: string, location: WorkspaceLocation, options: KitOptions) {
    this.folder = folder;
    this.workspace = join(folder, "workspace");
    this.home = join(folder, "home");
    this.location = location;
    this.main = options.main ?? sources;
    this.prefix = options.prefix ?? [];
    this.isMounted = options.homeSize !== undefined;
    this.env = environment(folder);
  }

  static async make(options: KitOptions = {}): Promise<KillKit> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "agent-team-kill-")));
    for (const name of ["workspace", "home", "tmp"]) await mkdir(join(folder, name), { mode: 0o700 });
    if (options.homeSize !== undefined) mount(join(folder, "home"), options.homeSize);
    for (const [name, text] of Object.entries(killWorkspace)) {
      const path = join(folder, "workspace", name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    await writeFile(join(folder, "home", "rules.yaml"), options.rules ?? killRules);
    await writeFile(join(folder, "script.json"), killScript(options.latencyMs ?? 0));
    const location = await locateWorkspace(join(folder, "workspace"), environment(folder));
    return new KillKit(folder, location, options);
  }

  /** Arguments of the command that starts the run. */
  runArgs(profile: "change" | "full"): string[] {
    const script = join(this.folder, "script.json");
    return [
      "run",
      "count",
      "--profile",
      profile,
      "--provider",
      "scripted",
      "--script",
      script,
      "--trust",
      "--json",
    ];
  }

  /** Runs a command to its end, or until it is killed. */
  async session(args: readonly string[], kill: KillPoint | null = null): Promise<Session> {
    const session = await this.run(args, kill);
    this.sessions.push(session);
    return session;
  }

  /** A host that outlives commands. Resolves once it listens, with how to kill it. */
  async serve(env: NodeJS.ProcessEnv = {}): Promise<() => Promise<void>> {
    const [program = "", ...rest] = [...this.prefix, process.execPath, this.main, "serve"];
    const child = spawn(program, rest, {
      cwd: this.workspace,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.children.add(child);
    const closed = once(child, "close");
    await new Promise<void>((resolve, reject) => {
      let said = "";
      const look = (text: string): void => {
        said += text;
        if (said.includes("Listening")) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", look);
      child.stderr.setEncoding("utf8").on("data", look);
      child.once("exit", () => reject(new Error(`serve ended: ${said}`)));
    });
    return async () => {
      end(child, "group");
      await closed;
      this.children.delete(child);
    };
  }

  /** The trusted entries on disk. */
  async entries(): Promise<Entry[]> {
    const journal = await openJournalReadOnly({ directory: this.location.stateFolder });
    return await journal.read({ afterSeq: 0, limit: 100_000 }, never);
  }

  async blob(runId: string, name: string): Promise<unknown> {
    const blobs = createBlobStore({ directory: this.location.stateFolder });
    return JSON.parse((await blobs.get(runId, name, never)).toString("utf8"));
  }

  async dispose(): Promise<void> {
    for (const child of this.children) {
      end(child, "group");
      await once(child, "exit");
    }
    if (this.isMounted) execFileSync("umount", [this.home]);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(args: readonly string[], kill: KillPoint | null): Promise<Session> {
    const isTraced = kill?.kind === "call";
    const [program = "", ...rest] = [
      ...(isTraced ? tracer(kill) : []),
      ...this.prefix,
      process.execPath,
      this.main,
      ...args,
    ];
    const startedAt = performance.now();
    const child = spawn(program, rest, {
      cwd: this.workspace,
      // One thread for files, so that calls can be counted.
      env: isTraced ? { ...this.env, UV_THREADPOOL_SIZE: "1" } : this.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.children.add(child);
    const timers: NodeJS.Timeout[] = [];
    const endAfter = (ms: number, whom: Whom): void =>
      void timers.push(setTimeout(() => end(child, whom), ms));
    if (kill?.kind === "time" && kill.from === "start") endAfter(kill.ms, kill.whom);
    let newsMs: number | null = null;
    let isHit = false;
    const lines: string[] = [];
    let unfinished = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const parts = (unfinished + text).split("\n");
      unfinished = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        const entry = entryOf(line);
        if (entry === null) continue;
        if (kill?.kind === "entry" && !isHit && kill.matches(entry)) {
          isHit = true;
          end(child, kill.whom);
        }
        if (newsMs !== null || noNews.has(entry.type)) continue;
        newsMs = performance.now() - startedAt;
        if (kill?.kind === "time" && kill.from === "news") endAfter(kill.ms, kill.whom);
      }
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    this.children.delete(child);
    for (const timer of timers) clearTimeout(timer);
    return { args, code, isKilled: signal === "SIGKILL" || code === 137, lines, stderr, newsMs };
  }
}

/** These say only that the run is there. */
const noNews = new Set(["run.created", "run.resumed", "budget.extended"]);

function mount(folder: string, size: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "agent-team-test", folder]);
}

function environment(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    AGENT_TEAM_HOME: join(folder, "home"),
    XDG_RUNTIME_DIR: folder,
    AGENT_TEAM_APPROVER_KEY_FILE: join(folder, "approver.pem"),
    NO_COLOR: "1",
    // Sources are compiled once.
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
}

/** Follows threads of the host, and leaves its children alone as soon as they are programs of their own. */
function tracer({ name, nth }: { name: string; nth: number }): string[] {
  const what = ["-e", `trace=${name}`, "-e", `inject=${name}:signal=KILL:when=${nth}`];
  return ["strace", "-f", "-qq", "-b", "execve", "--seccomp-bpf", "-o", "/dev/null", ...what];
}

function end(child: ChildProcess, whom: Whom): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(whom === "group" ? -pid : pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

function entryOf(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "seq" in value && "type" in value
      ? (value as Entry)
      : null;
  } catch {
    return null;
  }
}

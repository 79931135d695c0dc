import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { prepareCodeServer } from "./code-server-files.ts";
import { endProcesses, type ProcessInfo, processesWith } from "./processes.ts";
import { waitUntil } from "./wait-until.ts";

const maxLogCharacters = 200_000;

export interface VscodeServerOptions {
  /** Packages to install before the server starts. */
  vsixFiles?: readonly string[];
  /** True leaves Workspace Trust on: a fresh folder opens in Restricted Mode. */
  isTrustAsked?: boolean;
  /** True lets a window run extension tests; VS Code then shows no notifications. */
  runsExtensionTests?: boolean;
  /** User settings. */
  settings?: Record<string, unknown>;
  /** Added to the environment of the server, and so of the extension and its host. */
  env?: Record<string, string>;
}

/**
 * A real VS Code server on a loopback port, with folders of its own for everything it and the extension keep.
 * `stop` ends it, everything it started, and every agent host of its state folder.
 */
export class VscodeServer {
  readonly origin: string;
  /** `AGENT_TEAM_HOME` of the extension and its hosts. */
  readonly agentTeamHome: string;
  /** Environment for a terminal of the same user: the same state folder and sockets. */
  readonly terminalEnv: Record<string, string>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #log: () => string;

  private constructor(started: { port: number; child: ChildProcess; folders: Folders; log: () => string }) {
    this.origin = `http://127.0.0.1:${started.port}`;
    this.agentTeamHome = started.folders.agentTeamHome;
    this.terminalEnv = ownEnvironment(started.folders);
    this.#child = started.child;
    this.#folder = started.folders.root;
    this.#log = started.log;
  }

  static async start(options: VscodeServerOptions = {}): Promise<VscodeServer> {
    const vscode = await prepareCodeServer();
    const folders = await makeFolders({ ...calmSettings, ...options.settings });
    const env = { ...cleanEnvironment(), ...ownEnvironment(folders), ...noGallery, ...options.env };
    const main = join(vscode, "out", "server-main.js");
    const child = spawn(process.execPath, [main, ...serverArguments(folders, options)], {
      cwd: folders.root,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = collectOutput(child);
    try {
      const port = await waitForPort(child, log);
      return new VscodeServer({ port, child, folders, log });
    } catch (error) {
      await endAll(child, folders.agentTeamHome);
      await rm(folders.root, { recursive: true, force: true });
      throw error;
    }
  }

  /** The last of what the server wrote, for the report of a failed test. */
  logTail(characters = 4_000): string {
    const lines = this.#log().split("\n");
    // The server does without its native logger, and says so at length.
    const wanted = lines.filter((line) => !/spdlog|bindings|^\s+at |^\s+'|^\s+[\]}]/.test(line));
    return wanted.join("\n").slice(-characters);
  }

  /** Ends of the logs that the extension and its hosts wrote. */
  productLogs(characters = 3_000): string {
    const files = globSync(["**/*Agent Team.log", "home/logs/*.log"], { cwd: this.#folder });
    const tails = files.map((file) => {
      const text = readFileSync(join(this.#folder, file), "utf8");
      return `--- ${file}\n${text.slice(-characters)}`;
    });
    return tails.join("\n");
  }

  /** A new empty folder below the server's own; gone after `stop`. */
  async makeFolder(name: string): Promise<string> {
    const folder = join(this.#folder, "workspaces", name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** Agent hosts that run for this server's state folder, as the system's process list has them. */
  hostProcesses(): ProcessInfo[] {
    const all = processesWith("AGENT_TEAM_HOME", this.agentTeamHome);
    return all.filter(({ command }) => /\/main\.js (serve|run)\b/.test(command));
  }

  /** What the host of a workspace has published, or null while none has. */
  hostOf(workspace: string): { pid: number; token: string; mode: string } | null {
    const folders = globSync("workspaces/*/workspace.json", { cwd: this.agentTeamHome });
    for (const file of folders) {
      const { path } = JSON.parse(readFileSync(join(this.agentTeamHome, file), "utf8"));
      const hostFile = join(this.agentTeamHome, dirname(file), "host.json");
      if (path === workspace && existsSync(hostFile)) return JSON.parse(readFileSync(hostFile, "utf8"));
    }
    return null;
  }

  async stop(): Promise<void> {
    await endAll(this.#child, this.agentTeamHome);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** No test asks the network for extensions. */
const noGallery = { EXTENSIONS_GALLERY: "{}" };

/** Nothing of VS Code's own beside what is tested. */
const calmSettings = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
};

interface Folders {
  root: string;
  agentTeamHome: string;
  runtime: string;
  userData: string;
  serverData: string;
  extensions: string;
}

async function makeFolders(settings: Record<string, unknown>): Promise<Folders> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "at-e2e-")));
  const folders: Folders = {
    root,
    agentTeamHome: join(root, "home"),
    runtime: join(root, "run"),
    userData: join(root, "user"),
    serverData: join(root, "server"),
    extensions: join(root, "extensions"),
  };
  await mkdir(folders.runtime, { mode: 0o700 });
  for (const name of [folders.userData, folders.serverData, folders.extensions]) await mkdir(name);
  // What a machine's user alone may set is read from "Machine" where the extension runs on a server.
  for (const name of ["User", "Machine"]) {
    await mkdir(join(folders.userData, name));
    await writeFile(join(folders.userData, name, "settings.json"), JSON.stringify(settings));
  }
  return folders;
}

function ownEnvironment(folders: Folders): Record<string, string> {
  return { AGENT_TEAM_HOME: folders.agentTeamHome, XDG_RUNTIME_DIR: folders.runtime };
}

/** This process's environment without what the test runner or an outer editor put there. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const isForeign = (name: string) => /^(VITEST|VSCODE_|NODE_|ELECTRON_|AGENT_TEAM_|TEST$)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}

function serverArguments(folders: Folders, options: VscodeServerOptions): string[] {
  return [
    ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token"],
    ...["--accept-server-license-terms", "--disable-telemetry"],
    ...(options.runsExtensionTests === true ? ["--enable-smoke-test-driver"] : []),
    ...(options.isTrustAsked === true ? [] : ["--disable-workspace-trust"]),
    ...["--user-data-dir", folders.userData, "--server-data-dir", folders.serverData],
    ...["--extensions-dir", folders.extensions],
    ...(options.vsixFiles ?? []).flatMap((file) => ["--install-extension", file]),
    ...((options.vsixFiles ?? []).length > 0 ? ["--start-server"] : []),
  ];
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-maxLogCharacters);
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  return () => text;
}

async function waitForPort(child: ChildProcess, log: () => string): Promise<number> {
  const port = await waitUntil(
    () => {
      if (child.exitCode !== null) throw new Error(`the VS Code server ended: ${log()}`);
      return /host agent listening on (\d+)/.exec(log())?.[1];
    },
    { what: "the VS Code server to listen", limitMs: 60_000, detail: log },
  );
  return Number(port);
}

/** Ends everything that carries our state folder in its environment: server, extension hosts, agent hosts. */
async function endAll(child: ChildProcess, agentTeamHome: string): Promise<void> {
  const ours = processesWith("AGENT_TEAM_HOME", agentTeamHome).map(({ pid }) => pid);
  await endProcesses([...new Set([...(child.pid === undefined ? [] : [child.pid]), ...ours])]);
  // An extension host may have started an agent host while it was being ended.
  await endProcesses(processesWith("AGENT_TEAM_HOME", agentTeamHome).map(({ pid }) => pid));
}

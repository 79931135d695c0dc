import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Clock } from "../core/clock.ts";
import { HostError } from "../core/host-error.ts";
import type { HostInfo } from "../protocol/host-info.ts";
import { readHostInfo } from "./host-info-file.ts";
import type { WorkspaceLocation } from "./workspace-location.ts";

export interface SpawnHostOptions {
  readonly location: WorkspaceLocation;
  /** The built host (`dist/host`) inside the extension or package. */
  readonly hostFolder: string;
  /** Node.js, or an Electron that can be one. */
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

const startLimitMs = 15_000;
const pollMs = 25;

/**
 * Starts a host for the workspace that outlives this process, and waits until it has published itself.
 * Harmless when another host wins the start: then that one's address is returned. A host that is closing is waited for.
 *
 * @throws HostError `host.startFailed` with the end of its log, `host.startSlow` after 15 seconds.
 */
export async function spawnHost(options: SpawnHostOptions, signal: AbortSignal): Promise<HostInfo> {
  const { location, clock } = options;
  const before = await readHostInfo(location);
  const folder = await installedHost(location.home, options.hostFolder);
  await mkdir(dirname(location.logFile), { recursive: true, mode: 0o700 });
  const startedAt = clock.monotonicMs();
  let child = await startProcess(options, folder);
  for (;;) {
    const info = await readHostInfo(location);
    if (info !== null && info.token !== before?.token) return info;
    const exit = child.exit();
    if (exit !== null && exit.code !== 0) throw await startFailed(location.logFile, exit.code);
    // Exit 0: another host holds the workspace. If it is the one that was published before, it is about to close.
    if (exit !== null && info === null) child = await startProcess(options, folder);
    if (clock.monotonicMs() - startedAt > startLimitMs) {
      throw new HostError("host.startSlow", `No host started within ${startLimitMs / 1_000} seconds`, {
        hint: `Look at its log: ${location.logFile}`,
      });
    }
    await clock.sleep(pollMs, signal);
  }
}

/** Starts one process, detached; `exit` is null while it runs. */
async function startProcess(
  options: SpawnHostOptions,
  folder: string,
): Promise<{ exit(): { code: number | null } | null }> {
  const { location } = options;
  const log = await open(location.logFile, "a", 0o600);
  let exit: { code: number | null } | null = null;
  try {
    const child = spawn(
      options.execPath,
      [join(folder, "main.js"), "serve", "--editor", "--workspace", location.realPath],
      {
        // Outside the workspace: a host must not hold the folder, nor find anything in it by accident.
        cwd: folder,
        detached: true,
        windowsHide: true,
        env: hostEnvironment(options.env, options.execPath),
        stdio: ["ignore", log.fd, log.fd],
      },
    );
    child.once("error", () => {
      exit = { code: null };
    });
    child.once("exit", (code) => {
      exit = { code };
    });
    child.unref();
    return { exit: () => exit };
  } finally {
    await log.close();
  }
}

async function startFailed(logFile: string, code: number | null): Promise<HostError> {
  const log = await readFile(logFile, "utf8").catch(() => "");
  const tail = log.trim().split("\n").slice(-3).join(" · ").slice(-500);
  return new HostError(
    "host.startFailed",
    `The host ended with code ${code ?? "none"}: ${tail || "it printed nothing"}`,
    {
      hint: `The whole log is in ${logFile}`,
    },
  );
}

/**
 * A copy of the host in the state folder: the editor deletes an extension's folder when it updates it, also
 * under a running host. Two builds of one version get two folders.
 */
async function installedHost(home: string, hostFolder: string): Promise<string> {
  const { version, digest } = await buildOf(hostFolder);
  const hosts = join(home, "hosts");
  for (const name of [version, `${version}+${digest.slice(0, 8)}`]) {
    const target = join(hosts, name);
    const marker = join(target, ".digest");
    const present = await readFile(marker, "utf8").catch(() => null);
    if (present === digest) return target;
    if (present !== null || existsSync(target)) continue;
    await mkdir(hosts, { recursive: true, mode: 0o700 });
    const temporary = join(hosts, `.new-${randomBytes(6).toString("hex")}`);
    await cp(hostFolder, temporary, { recursive: true });
    await chmod(temporary, 0o700);
    await writeFile(join(temporary, ".digest"), digest, { mode: 0o600 });
    try {
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another window installed the same build at the same moment.
      if ((await readFile(marker, "utf8").catch(() => null)) !== digest) {
        throw new HostError("host.installFailed", `The host cannot be copied to ${target}`, {
          hint: "Check that there is space and that the folder belongs to you",
          cause: error,
        });
      }
    }
    return target;
  }
  throw new HostError("host.installFailed", `${hosts} holds damaged copies of version ${version}`, {
    hint: "Delete that folder while no host runs, then try again",
  });
}

async function buildOf(hostFolder: string): Promise<{ version: string; digest: string }> {
  const files = (await readdir(hostFolder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash("sha256");
  let version = "unknown";
  for (const file of files) {
    const content = await readFile(file);
    const name = relative(hostFolder, file);
    if (name === "package.json")
      version = String((JSON.parse(content.toString("utf8")) as { version?: unknown }).version);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return { version, digest: hash.digest("hex") };
}

/** The parent's environment without what belongs to the editor and without anything that looks like a secret. */
export function hostEnvironment(env: NodeJS.ProcessEnv, execPath: string): NodeJS.ProcessEnv {
  const dropped =
    /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_EXTRA|CHROME_)|(_|^)(TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_|$)/i;
  const kept = Object.entries(env).filter(([name]) => !dropped.test(name));
  // An Electron binary is Node.js only if told so.
  const electron = /electron|code|cursor|codium/i.test(execPath) || process.versions.electron !== undefined;
  return { HOME: homedir(), ...Object.fromEntries(kept), ...(electron ? { ELECTRON_RUN_AS_NODE: "1" } : {}) };
}

import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import type { WorkspaceId } from "../protocol/ids.ts";
import { stateHome } from "./state-home.ts";

/** Where everything about one workspace folder lives. All paths are absolute. */
export interface WorkspaceLocation {
  readonly workspaceId: WorkspaceId;
  /** The folder itself, links resolved. */
  readonly realPath: string;
  /** State of all workspaces: `$AGENT_TEAM_HOME`, or the platform's data folder. Never inside a repository. */
  readonly home: string;
  readonly stateFolder: string;
  readonly hostInfoFile: string;
  readonly lockFile: string;
  readonly logFile: string;
}

/**
 * Finds the state of a workspace folder. Reads only; creates nothing.
 *
 * @throws HostError `workspace.missing`, `workspace.notFolder`; `home.relative` or `home.insideWorkspace` where
 * `AGENT_TEAM_HOME` is no place for state.
 */
export async function locateWorkspace(folder: string, env: NodeJS.ProcessEnv): Promise<WorkspaceLocation> {
  const realPath = await realFolder(folder);
  const workspaceId = await workspaceIdOf(realPath);
  const home = stateHome(env);
  if (env.AGENT_TEAM_HOME) await refuseBadHome(home, realPath);
  const stateFolder = join(home, "workspaces", workspaceId);
  return {
    workspaceId,
    realPath,
    home,
    stateFolder,
    hostInfoFile: join(stateFolder, "host.json"),
    lockFile: join(stateFolder, "lock"),
    logFile: join(home, "logs", `host-${workspaceId}.log`),
  };
}

/** What a repository brings along must never pass for state, nor state for a part of the repository. */
async function refuseBadHome(home: string, realPath: string): Promise<void> {
  const hint = "Set AGENT_TEAM_HOME to the full path of a folder outside the workspace, or leave it out";
  if (!isAbsolute(home)) {
    throw new HostError("home.relative", `AGENT_TEAM_HOME is not a full path: ${home}`, { hint });
  }
  const way = relative(realPath, await realPathOf(home));
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  throw new HostError("home.insideWorkspace", `AGENT_TEAM_HOME lies in the workspace: ${home}`, { hint });
}

/** Links resolved as far as the path exists. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not there yet, or not ours to see: what is above it decides.
    return dirname(path) === path ? path : join(await realPathOf(dirname(path)), basename(path));
  }
}

/** Longest socket path that no supported platform cuts, in bytes. */
const maxEndpointBytes = 100;

/**
 * Address of a workspace's host: a Unix socket in a private folder, or on Windows a pipe with a name nobody
 * can guess.
 *
 * @throws HostError `host.endpointTooLong` where the platform would silently cut the path.
 */
export function endpointFor(workspaceId: WorkspaceId, env: NodeJS.ProcessEnv, randomId: string): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\agent-team-${randomId}`;
  const chosen = env.XDG_RUNTIME_DIR;
  // The XDG specification: a path that is not absolute is to be ignored.
  const runtimeFolder = chosen !== undefined && isAbsolute(chosen) ? chosen : tmpdir();
  const endpoint = join(runtimeFolder, `agent-team-${process.getuid?.() ?? 0}`, `${workspaceId}.sock`);
  const bytes = Buffer.byteLength(endpoint);
  if (bytes <= maxEndpointBytes) return endpoint;
  throw new HostError(
    "host.endpointTooLong",
    `The socket path has ${bytes} bytes, ${maxEndpointBytes} at most: ${endpoint}`,
    {
      hint: "Set XDG_RUNTIME_DIR to a folder with a shorter path, for example /tmp",
    },
  );
}

async function realFolder(folder: string): Promise<string> {
  try {
    const path = await realpath(folder);
    if (!(await stat(path)).isDirectory()) {
      throw new HostError("workspace.notFolder", `${folder} is not a folder`, {
        hint: "Name the folder that holds the code",
      });
    }
    return path;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") {
      throw new HostError("workspace.missing", `There is no folder ${folder}`, {
        hint: "Check the path, or leave --workspace out to use the current folder",
        cause: error,
      });
    }
    if (systemErrorCode(error) === "EACCES") {
      throw new HostError("workspace.unreadable", `The folder ${folder} may not be read`, {
        hint: "Check the permissions of the folder and of those above it",
        cause: error,
      });
    }
    throw error;
  }
}

async function workspaceIdOf(realPath: string): Promise<WorkspaceId> {
  const normalised = realPath.normalize("NFC");
  const name = (await isCaseFolding(realPath)) ? normalised.toLowerCase() : normalised;
  return createHash("sha256").update(name).digest("hex").slice(0, 16);
}

/** Whether the volume takes the path in another case for the same folder. */
async function isCaseFolding(realPath: string): Promise<boolean> {
  const swapped = realPath === realPath.toLowerCase() ? realPath.toUpperCase() : realPath.toLowerCase();
  if (swapped === realPath) return false;
  try {
    const [ours, theirs] = await Promise.all([
      stat(realPath, { bigint: true }),
      stat(swapped, { bigint: true }),
    ]);
    return ours.ino === theirs.ino && ours.dev === theirs.dev;
  } catch {
    // No such folder in the other case: the volume tells cases apart.
    return false;
  }
}

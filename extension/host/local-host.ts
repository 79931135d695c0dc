import { watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import { connectToHost } from "../../agent-host/client/host-connection.ts";
import { readHostInfo } from "../../agent-host/client/host-info-file.ts";
import { spawnHost } from "../../agent-host/client/spawn-host.ts";
import type { WorkspaceLocation } from "../../agent-host/client/workspace-location.ts";
import type { Clock } from "../../agent-host/core/clock.ts";
import { type Disposable, disposable } from "../../agent-host/core/disposable.ts";
import { version } from "../../agent-host/core/version.ts";
import type { HostPort } from "./host-port.ts";

/** The host of a folder on this machine. `hostFolder` is the built host inside the extension. */
export function localHost(location: WorkspaceLocation, hostFolder: string, clock: Clock): HostPort {
  const { workspaceId } = location;
  return {
    find: () => readHostInfo(location),
    connect: (info, signal) =>
      connectToHost(info, { name: "vscode", version, workspaceId, isEditor: true }, signal),
    spawn: (signal) =>
      spawnHost({ location, hostFolder, execPath: process.execPath, env: process.env, clock }, signal),
  };
}

const settleMs = 50;

/**
 * Calls `onChange` soon after a host published itself in the folder's state: a run started in a terminal shows
 * up by this. Makes the state folder if there is none, since only what exists can be watched.
 */
export async function watchForHost(location: WorkspaceLocation, onChange: () => void): Promise<Disposable> {
  await mkdir(location.stateFolder, { recursive: true, mode: 0o700 });
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(location.stateFolder, { persistent: false }, (_event, file) => {
    if (file !== "host.json" && file !== null) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs);
  });
  // The folder was deleted under us: the window still looks when it gets the focus.
  watcher.on("error", () => watcher.close());
  return disposable(() => {
    clearTimeout(timer);
    watcher.close();
  });
}

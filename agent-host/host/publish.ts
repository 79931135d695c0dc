import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readHostInfo } from "../client/host-info-file.ts";
import type { WorkspaceLocation } from "../client/workspace-location.ts";
import { writeFileDurably, writeFileVolatile } from "../core/durable-file.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { HostInfo, WorkspaceInfo } from "../protocol/host-info.ts";
import { journalFormat } from "../protocol/journal-format.ts";

/** More than the longest path that a `workspace.json` of ours holds. */
const maxKnownBytes = 64 * 1_024;

/** Says where this host listens. Whoever can read the file may connect; only its owner can. */
export async function publishHost(location: WorkspaceLocation, info: HostInfo): Promise<void> {
  const workspace: WorkspaceInfo = {
    workspaceId: location.workspaceId,
    path: location.realPath,
    format: journalFormat,
  };
  await writeIfChanged(join(location.stateFolder, "workspace.json"), JSON.stringify(workspace));
  // After a loss of power no host lives, and a file that cannot be understood says the same.
  await writeFileVolatile(location.hostInfoFile, JSON.stringify(info));
}

/** Takes the address back, unless a later host has published its own meanwhile. */
export async function withdrawHost(location: WorkspaceLocation, info: HostInfo): Promise<void> {
  const published = await readHostInfo(location).catch(() => null);
  if (published?.token === info.token) await rm(location.hostInfoFile, { force: true });
}

/** Writing durably waits for the disk twice; what a workspace is changes once. */
async function writeIfChanged(path: string, text: string): Promise<void> {
  const known = await readSmallFile(path, maxKnownBytes).catch(() => null);
  if (known !== text) await writeFileDurably(path, text);
}

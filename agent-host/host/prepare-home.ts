import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { WorkspaceLocation } from "../client/workspace-location.ts";
import { makePrivateFolder, privateFileMode } from "../core/durable-file.ts";
import { systemErrorCode } from "../core/host-error.ts";

/**
 * Makes the workspace's state folder and what is beside it: the folder of compiled code, which nobody else may write
 * as it is executed, and a word to everything that reads `.gitignore`, as a home folder may be a workspace itself.
 */
export async function prepareHome(location: WorkspaceLocation): Promise<void> {
  await makePrivateFolder(location.stateFolder);
  await makePrivateFolder(join(location.home, "cache"));
  try {
    await writeFile(join(location.home, ".gitignore"), "*\n", { flag: "wx", mode: privateFileMode });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
}

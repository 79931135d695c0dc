import { HostError, systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { HostInfo } from "../protocol/host-info.ts";
import type { WorkspaceLocation } from "./workspace-location.ts";

const maxHostInfoBytes = 16_384;

/**
 * What the workspace's last host published; null if there is none or it cannot be understood (a host that is
 * live will publish again). That it was published does not mean that the host still runs.
 */
export async function readHostInfo(
  location: Pick<WorkspaceLocation, "hostInfoFile">,
): Promise<HostInfo | null> {
  try {
    const text = await readSmallFile(location.hostInfoFile, maxHostInfoBytes);
    if (text === null) return null;
    // Loaded only where there is one: a host that starts writes the file and does not read it.
    const { hostInfoSchema } = await import("../protocol/host-info.ts");
    const parsed = hostInfoSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return null;
    throw new HostError("host.infoUnreadable", `${location.hostInfoFile} cannot be read`, {
      hint: "Check that the file and its folder belong to you",
      cause: error,
    });
  }
}

import { resolve } from "node:path";
import { locateWorkspace, type WorkspaceLocation } from "../client/workspace-location.ts";
import { type Attachment, attach } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";

/** Does `work` with the workspace's host, which may be this process for as long as that takes. */
export async function withHost<T>(
  workspace: string,
  context: CliContext,
  work: (attachment: Attachment, location: WorkspaceLocation) => Promise<T>,
): Promise<T> {
  const location = await locateWorkspace(resolve(context.cwd, workspace), context.env);
  const attachment = await attach(location, context);
  try {
    return await work(attachment, location);
  } finally {
    await attachment.close("the command ended");
  }
}

import { resolve } from "node:path";
import { locateWorkspace } from "../client/workspace-location.ts";
import { startHost } from "../compose.ts";
import { HostError } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";

export interface ServeOptions {
  readonly workspace: string;
  readonly json: boolean;
  /** Started by an editor: resumes open runs and leaves when nobody needs it. */
  readonly editor: boolean;
  readonly idleMinutes: number;
}

/** `agent-team serve --editor --workspace DIR`, as the extension calls it. */
export async function serveEditor(context: CliContext): Promise<number> {
  const workspace = context.argv[context.argv.indexOf("--workspace") + 1] ?? ".";
  return await serveCommand({ workspace, json: true, editor: true, idleMinutes: 10 }, context);
}

/** `agent-team serve`: a host without a terminal of its own. Returns when the host has closed. */
export async function serveCommand(options: ServeOptions, context: CliContext): Promise<number> {
  const location = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const host = await startHost({
    location,
    mode: options.editor ? "editor" : "serve",
    env: context.env,
    clock: context.clock,
    files: context,
    idleMs: options.editor ? options.idleMinutes * 60_000 : null,
    resumesRuns: true,
  });
  if ("heldBy" in host) {
    // Two windows that open at once both start a host; the second one has nothing to do.
    if (options.editor) return exitCodes.done;
    throw new HostError("host.live", `Process ${host.heldBy} is the host of this workspace already`, {
      hint: "Commands use it by themselves; there is nothing to start",
    });
  }
  const { pid, startedAt } = host.info;
  const told = { event: "listening", workspaceId: location.workspaceId, pid, startedAt };
  context.output.out(
    options.json ? `${JSON.stringify(told)}\n` : `Listening for ${location.realPath} (process ${pid})\n`,
  );
  const onStop = (): void => void host.close("it was told to stop");
  context.signal.addEventListener("abort", onStop, { once: true });
  if (context.signal.aborted) onStop();
  await host.closed;
  return exitCodes.done;
}

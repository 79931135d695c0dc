import { join } from "node:path";
import type { WorkspaceLocation } from "./workspace-location.ts";

/** What Node.js needs to start, and where it keeps compiled code; nothing else of the host's environment. */
export function analysisEnvironment({
  env,
  location,
}: {
  readonly env: NodeJS.ProcessEnv;
  readonly location: Pick<WorkspaceLocation, "home">;
}): NodeJS.ProcessEnv {
  const needed = ["SystemRoot", "TMPDIR", "TEMP", "TMP", "ELECTRON_RUN_AS_NODE"];
  const kept = needed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: join(location.home, "cache") };
}

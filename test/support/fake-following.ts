import { join } from "node:path";
import type { CliContext } from "../../agent-host/cli/cli-context.ts";
import type { Following } from "../../agent-host/cli/follow-run.ts";
import type { Prompt } from "../../agent-host/cli/prompt.ts";
import { systemClock } from "../../agent-host/core/clock.ts";
import type { FakeHost } from "./fake-host.ts";
import { workspaceId } from "./run-fixture.ts";

interface Wish {
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly json?: boolean;
  readonly prompt?: Prompt | null;
  readonly signal?: AbortSignal;
}

/** A command that is attached to a host of a test; what it says is kept. */
export function fakeFollowing(
  host: FakeHost,
  { folder, env = {}, json = false, prompt = null, signal = new AbortController().signal }: Wish,
): { following: Following; notes: () => string; out: () => string } {
  let notes = "";
  let out = "";
  const url = new URL("file:///none");
  const context: CliContext = {
    argv: [],
    env,
    cwd: folder,
    clock: systemClock,
    prompt,
    signal,
    rulesUrl: url,
    promptsUrl: url,
    shellUrl: url,
    demoUrl: url,
    workerUrl: url,
    analysisUrl: url,
    output: {
      isTerminal: prompt !== null,
      isColourful: false,
      columns: 100,
      out: (text) => {
        out += text.toString();
      },
      note: (text) => {
        notes += text;
      },
      progress: () => undefined,
    },
  };
  const home = join(folder, "home");
  const location = {
    workspaceId,
    realPath: join(folder, "workspace"),
    home,
    stateFolder: join(home, "workspaces", workspaceId),
    hostInfoFile: join(home, "host.json"),
    lockFile: join(home, "lock"),
    logFile: join(home, "log"),
  };
  const attachment = { connection: host, host: null, close: async () => undefined };
  const following: Following = {
    attachment,
    location,
    context,
    options: { json, quiet: false },
    onAttached: () => undefined,
    answering: null,
  };
  return { following, notes: () => notes, out: () => out };
}

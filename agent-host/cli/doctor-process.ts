import { execFile } from "node:child_process";
import { homedir, tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { endpointFor, type WorkspaceLocation } from "../client/workspace-location.ts";
import { RulesLoader } from "../config/rules-loader.ts";
import { isHostError, messageOf } from "../core/host-error.ts";
import { openJournalReadOnly } from "../journal/journal-reader.ts";
import { typedEntry } from "../protocol/events.ts";
import { controlTypes, emptyControl, foldControl } from "../protocol/state/fold-control.ts";
import type { ControlState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import { probeSandbox } from "../security/probe-sandbox.ts";
import { checkGitVersion } from "../workspace/git-program.ts";
import { keyRing } from "./approver-keys.ts";
import type { CliContext } from "./cli-context.ts";

/** One thing that was looked at. `advice` says what to do where it is not ok. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "note" | "fault";
  readonly found: string;
  readonly advice?: string;
}

/** What runs that change code need: git, a sandbox, somebody who may decide, rules. */
export async function processChecks(location: WorkspaceLocation, context: CliContext): Promise<Check[]> {
  const control = await readControl(location, context.signal);
  return [
    await checkGit(context),
    await checkSandbox(location, context),
    checkApprovers(control, location, context),
    checkTrust(control),
    await checkRules(control, location, context),
  ];
}

async function checkGit(context: CliContext): Promise<Check> {
  const name = "git";
  const version = await new Promise<string | null>((resolvePath) => {
    execFile("git", ["--version"], { timeout: 5_000, signal: context.signal }, (error, stdout) =>
      resolvePath(error === null ? stdout.trim() : null),
    );
  });
  const without = "without it no code is changed, and reports have no hot spots";
  if (version === null)
    return { name, status: "note", found: `not found: ${without}`, advice: "Install git 2.38 or newer" };
  try {
    checkGitVersion(version);
    return { name, status: "ok", found: visible(version) };
  } catch (error) {
    return {
      name,
      status: "note",
      found: `${messageOf(error)}: no code is changed with it`,
      ...adviceOf(error),
    };
  }
}

async function checkSandbox(location: WorkspaceLocation, context: CliContext): Promise<Check> {
  const { env, clock, signal } = context;
  const sandbox = await probeSandbox(
    {
      env,
      clock,
      temporaryFolder: tmpdir(),
      graceMs: 1_000,
      home: location.home,
      runtimeFolder: runtimeFolder(location, env),
      keyFiles: [],
      workspaceRoot: location.realPath,
      userHome: homedir(),
      execPath: process.execPath,
      guarded: [],
    },
    signal,
  );
  const name = "sandbox";
  if (sandbox.assurance === "sandboxed") return { name, status: "ok", found: sandbox.description };
  const advice = "Runs say 'unsandboxed'. On Linux install bubblewrap";
  return { name, status: "note", found: visible(sandbox.description), advice };
}

function runtimeFolder(location: WorkspaceLocation, env: NodeJS.ProcessEnv): string | null {
  if (process.platform === "win32") return null;
  try {
    return dirname(endpointFor(location.workspaceId, env, "check"));
  } catch {
    // The path of the socket is told by a check of its own.
    return null;
  }
}

function checkApprovers(
  control: ControlState | null,
  location: WorkspaceLocation,
  context: CliContext,
): Check {
  const name = "approvers";
  const keys = keyRing(location, context);
  const own = keys.exists() ? `your key is ${keys.path}` : `you have no key at ${keys.path}`;
  const all = Object.values(control?.approvers ?? {});
  if (all.length === 0) {
    const advice = "Gates that need a person cannot be passed before: agent-team approvers enroll";
    return { name, status: "note", found: visible(`none is enrolled; ${own}`), advice };
  }
  const who = all.map(({ identity, role, keyId }) => `${identity} (${role}, ${keyId})`).join(", ");
  return { name, status: keys.exists() ? "ok" : "note", found: visible(`${who}; ${own}`) };
}

function checkTrust(control: ControlState | null): Check {
  return control?.trusted === true
    ? { name: "trust", status: "ok", found: "this folder is trusted: processes may start in it" }
    : { name: "trust", status: "note", found: "this folder is only read; 'run --trust' trusts it" };
}

async function checkRules(
  control: ControlState | null,
  location: WorkspaceLocation,
  context: CliContext,
): Promise<Check> {
  const name = "rules";
  const loader = new RulesLoader({
    shippedFile: fileURLToPath(context.rulesUrl),
    home: location.home,
    env: context.env,
    clock: context.clock,
    workspace: () => (control?.trusted === true ? { root: location.realPath, approved: new Set() } : null),
    onError: () => undefined,
  });
  try {
    const { checksum, parts, inert, refusals } = await loader.refresh(context.signal);
    const made = parts.map((part) => part.name).join(", ");
    const found = `${made || "rules.yaml"}, checksum ${checksum.slice(0, 12)}`;
    const [refusal] = refusals;
    if (refusal !== undefined) {
      const line = refusal.line === null ? "" : `, line ${refusal.line}`;
      const reason = `${refusal.name}${line}: ${refusal.path} ${refusal.reason}`;
      return {
        name,
        status: "fault",
        found: visible(reason),
        advice: "Mend it; until then it does not count",
      };
    }
    // Whose bytes a person approved stands in a run's blobs, which nobody reads for this.
    return inert === null
      ? { name, status: "ok", found: visible(found) }
      : {
          name,
          status: "note",
          found: visible(`${found}; ${inert.path} counts only once a person approved it`),
        };
  } catch (error) {
    context.signal.throwIfAborted();
    return { name, status: "fault", found: visible(messageOf(error)), ...adviceOf(error) };
  }
}

const maxEntries = 1_000;

/** What holds for the workspace, from its files; null where there is nothing, or nothing that can be read. */
async function readControl(
  { stateFolder }: WorkspaceLocation,
  signal: AbortSignal,
): Promise<ControlState | null> {
  try {
    const journal = await openJournalReadOnly({ directory: stateFolder });
    const read = controlTypes.map((type) =>
      journal.read({ type, limit: maxEntries, newestFirst: true }, signal),
    );
    const entries = (await Promise.all(read)).flat().sort((a, b) => a.seq - b.seq);
    return entries.reduce((state, entry) => {
      const typed = typedEntry(entry);
      return typed === null ? state : foldControl(state, typed);
    }, emptyControl);
  } catch {
    signal.throwIfAborted();
    // A broken journal is told by a check of its own.
    return null;
  }
}

function adviceOf(error: unknown): { advice?: string } {
  return isHostError(error) && error.hint !== undefined ? { advice: error.hint } : {};
}

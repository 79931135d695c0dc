import { cp, mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";
import { commandText } from "./command-text.ts";
import { digestsOf } from "./folder-digests.ts";
import { approveCommand } from "./gate-decisions.ts";
import { readInbox } from "./inbox.ts";
import { resumeCommand, runCommand } from "./run.ts";
import { withHost } from "./with-host.ts";

export interface DemoOptions {
  /** Where the sample repository is put; a temporary folder if not given. Must not exist yet, or be empty. */
  readonly directory?: string;
}

const goal = "Add discount codes to the cart and show the discount on the receipt";

/**
 * `agent-team demo`: the whole way on a sample repository, without a key or a network: plan, two coders at once, real
 * tests, gates, apply, undo. Only the model is a script, and it is said so.
 *
 * @throws HostError `demo.folder` where the folder is in use, `demo.failed` where a step did not come out as it must.
 */
export async function demoCommand(options: DemoOptions, outer: CliContext): Promise<number> {
  const place = await demoPlace(options, outer);
  const context = demoContext(place, outer);
  const { out } = outer.output;
  out(opening(place));
  await cp(new URL("repository/", outer.demoUrl), place.repository, { recursive: true });
  const before = await digestsOf(place.repository);
  const script = await readFile(new URL("script.json", outer.demoUrl), "utf8");
  const frame = { workspace: place.repository, json: false, quiet: false };
  const request = {
    goal,
    provider: "scripted",
    profile: "change",
    approve: "auto",
    script,
    trust: true,
  } as const;
  let exitCode = await runCommand(request, frame, context);
  while (exitCode === exitCodes.waitingForApproval) {
    out(inYourPlace);
    exitCode = await passGates(frame, context);
  }
  if (exitCode !== exitCodes.done) return exitCode;
  const runId = await newestRun(frame, context);
  out(`\n── The change, as it now stands in the repository\n\n${await diffOf(runId, frame, context)}`);
  await undo({ runId, before, place }, frame, context);
  out(closing(place, runId));
  return exitCodes.done;
}

interface Place {
  readonly root: string;
  readonly repository: string;
  readonly state: string;
  readonly key: string;
}

async function demoPlace({ directory }: DemoOptions, { cwd }: CliContext): Promise<Place> {
  const root =
    directory === undefined ? await mkdtemp(join(tmpdir(), "agent-team-demo-")) : resolve(cwd, directory);
  await mkdir(root, { recursive: true });
  const repository = join(root, "corner-shop");
  try {
    await mkdir(repository);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    throw new HostError("demo.folder", `There is a corner-shop in ${root} already`, {
      hint: "Name another folder, or none: then a temporary one is made",
    });
  }
  return { root, repository, state: join(root, "state"), key: join(root, "demo-key.pem") };
}

/** Apart from everything of the person's: a state folder and a key of its own, no key of any model. */
function demoContext(place: Place, outer: CliContext): CliContext {
  const env: NodeJS.ProcessEnv = {
    ...outer.env,
    AGENT_TEAM_HOME: place.state,
    AGENT_TEAM_APPROVER_KEY_FILE: place.key,
  };
  for (const name of ["ANTHROPIC_API_KEY", "AGENT_TEAM_APPROVER_PASSPHRASE", "AGENT_TEAM_ENV"])
    delete env[name];
  return { ...outer, env, prompt: null };
}

interface Frame {
  readonly workspace: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

async function passGates(frame: Frame, context: CliContext): Promise<number> {
  const ids = await withHost(frame.workspace, context, async ({ connection }, { workspaceId }) => {
    const items = await readInbox(connection, { workspaceId }, context.signal);
    return items.flatMap((each) => (each.kind === "gate" ? [each.item.subject.gateId] : []));
  });
  if (ids.length === 0) throw failed("it waits for something that is no gate");
  const approved = await approveCommand(
    { ids, extent: "once", clear: [] },
    { ...frame, quiet: true },
    context,
  );
  if (approved !== exitCodes.done) throw failed("its gate could not be approved");
  return await resumeCommand({ runId: await newestRun(frame, context), budget: {} }, frame, context);
}

async function newestRun({ workspace }: Frame, context: CliContext): Promise<string> {
  return await withHost(workspace, context, async ({ connection }, { workspaceId }) => {
    const { runs } = await connection.request("run/list", { workspaceId, limit: 1 }, context.signal);
    const [run] = runs;
    if (run === undefined) throw failed("its run is not listed");
    return run.runId;
  });
}

async function diffOf(runId: string, { workspace }: Frame, context: CliContext): Promise<string> {
  return await withHost(workspace, context, async ({ connection }, { workspaceId }) => {
    const { diff } = await connection.request("change/diff", { workspaceId, runId }, context.signal);
    return diff;
  });
}

async function undo(
  { runId, before, place }: { runId: string; before: ReadonlyMap<string, string>; place: Place },
  { workspace }: Frame,
  context: CliContext,
): Promise<void> {
  const applied = await digestsOf(place.repository);
  const { files } = await withHost(workspace, context, async ({ connection }, { workspaceId }) => {
    return await connection.request("change/undo", { workspaceId, runId }, context.signal);
  });
  const after = await digestsOf(place.repository);
  const isSame =
    after.size === before.size && [...before].every(([path, digest]) => after.get(path) === digest);
  if (!isSame || applied.size === before.size) throw failed("undoing did not bring every byte back");
  context.output.out(
    `\n── Undone: ${files} files taken back; all ${after.size} files are byte for byte what they were\n`,
  );
}

function failed(what: string): HostError {
  return new HostError("demo.failed", `The demo stopped: ${what}`, {
    hint: "Look at what was said above; 'agent-team doctor' tells what this machine lacks",
  });
}

function opening({ repository }: Place): string {
  return [
    "Demo with a SCRIPTED model: what the agents say comes from a file, no model is asked, no key, no network.",
    "Everything else is real: trees, commands, tests, gates, signatures, the journal, the files.",
    "",
    `Repository  ${repository}`,
    `Goal        ${goal}`,
    "",
    "",
  ].join("\n");
}

const inYourPlace =
  "\n── A gate waits for a person. In your repository that is you; here the demo approves in your place, with a key\n" +
  "   made for it alone.\n\n";

function closing({ root, state, repository }: Place, runId: string): string {
  const shown = (words: string[]): string => `  AGENT_TEAM_HOME=${state} ${commandText(words, repository)}`;
  return [
    "",
    "Look around:",
    shown(["changes", "show", runId]),
    shown(["changes", "apply", runId]),
    shown(["audit", "verify"]),
    "",
    `All of it lies in ${root}; delete that folder when you are done.`,
    "",
  ].join("\n");
}

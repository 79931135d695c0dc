import { existsSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import { ChangeReader } from "../team/change-reader.ts";
import { createRunTrees } from "../workspace/create-run-trees.ts";
import { changeLine, colouredDiff, safeDiff, statText, withHunkNumbers } from "./changes-text.ts";
import type { CliContext } from "./cli-context.ts";
import type { GlobalOptions } from "./command-frame.ts";
import { withHost } from "./with-host.ts";
import { openWorkspaceFiles } from "./workspace-files.ts";

const maxDiffBytes = 16_000_000;

/** `agent-team changes list` */
export async function listChangesCommand(
  options: GlobalOptions & { limit: number },
  context: CliContext,
): Promise<number> {
  const reader = await openChanges(options.workspace, context);
  const changes = reader === null ? [] : await reader.list({ limit: options.limit }, context.signal);
  if (options.json) {
    context.output.out(`${JSON.stringify({ changes })}\n`);
    return exitCodes.done;
  }
  for (const change of changes) context.output.out(`${changeLine(change)}\n`);
  if (changes.length === 0) context.output.out("No run has changed anything yet\n");
  return exitCodes.done;
}

/** `agent-team changes show RUN` */
export async function showChangeCommand(
  wish: { runId: string; file?: string; stat?: boolean },
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  const { runId, file } = wish;
  const reader = await openChanges(options.workspace, context);
  if (reader === null) throw unknownRun(runId);
  if (options.json && file !== undefined) {
    const { hunks, ...found } = await reader.file(runId, file, context.signal);
    context.output.out(`${JSON.stringify({ runId, path: file, ...found, hunks })}\n`);
    return exitCodes.done;
  }
  const paths = file === undefined ? {} : { paths: [file] };
  const summary = await reader.summary(runId, context.signal);
  const { files, diff } = await reader.diff(runId, { ...paths, maxBytes: maxDiffBytes }, context.signal);
  const shown = file === undefined ? files : files.filter(({ path }) => path === file);
  if (file !== undefined && shown.length === 0) throw unknownFile(runId, file);
  const isCut = Buffer.byteLength(diff) >= maxDiffBytes - 4;
  if (options.json) {
    context.output.out(`${JSON.stringify({ runId, ...summary, files: shown, diff, isCut })}\n`);
    return exitCodes.done;
  }
  if (summary === null) context.output.note(`${runId} changes nothing\n`);
  else if (!options.quiet) context.output.note(`${changeLine(summary)}\n`);
  if (wish.stat === true) context.output.out(statText(shown));
  else context.output.out(diffText(file === undefined ? diff : withHunkNumbers(diff), context));
  if (isCut) context.output.note("The diff is cut here; show single files with --file\n");
  return exitCodes.done;
}

/** `agent-team changes apply RUN`, `agent-team changes undo RUN` */
export async function writeChangeCommand(
  { runId, kind }: { runId: string; kind: "apply" | "undo" },
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    const request = { workspaceId, runId };
    const { seq, files } =
      kind === "apply"
        ? await connection.request("change/apply", request, context.signal)
        : await connection.request("change/undo", request, context.signal);
    const words = `${kind === "apply" ? "Applied" : "Took back"} ${files} ${files === 1 ? "file" : "files"} of ${runId}`;
    context.output.out(
      options.json ? `${JSON.stringify({ runId, seq, files })}\n` : `${words} (entry ${seq})\n`,
    );
    return exitCodes.done;
  });
}

/** `agent-team changes discard RUN --file PATH [--hunk N…]` */
export async function discardCommand(
  { runId, file, hunk }: { runId: string; file: string; hunk?: readonly number[] },
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return await withHost(options.workspace, context, async ({ connection }, { workspaceId }) => {
    // The tree this was chosen from: if it is another meanwhile, nothing is left out.
    const { tree } = await connection.request(
      "change/file",
      { workspaceId, runId, path: file },
      context.signal,
    );
    const part = { path: file, ...(hunk === undefined ? {} : { hunks: [...new Set(hunk)] }) };
    const done = await connection.request(
      "change/discard",
      { workspaceId, runId, tree, parts: [part] },
      context.signal,
    );
    const what = hunk === undefined ? file : `hunk ${hunk.join(", ")} of ${file}`;
    context.output.out(
      options.json
        ? `${JSON.stringify({ runId, ...done })}\n`
        : `Left ${safeDiff(what)} out of ${runId} (entry ${done.seq})\n`,
    );
    return exitCodes.done;
  });
}

/** Reads the files: no host is needed. null where nothing was ever done. */
async function openChanges(workspace: string, context: CliContext): Promise<ChangeReader | null> {
  const { store, location } = await openWorkspaceFiles(workspace, context);
  if (store === null) return null;
  return new ChangeReader({
    store,
    treesOf: (runId) => {
      const folder = join(location.stateFolder, "runs", runId, "tree");
      // Looking must not be what makes them.
      if (!existsSync(join(folder, "shadow.git"))) throw treesGone(runId);
      return createRunTrees({ root: location.realPath, folder, searchPath: context.env.PATH ?? "" });
    },
  });
}

/** For a terminal; elsewhere, as for `git apply`, byte for byte. */
function diffText(diff: string, { output }: CliContext): string {
  if (output.isColourful) return colouredDiff(safeDiff(diff));
  if (!output.isTerminal) return diff;
  const safe = safeDiff(diff);
  if (safe !== diff)
    output.note("Control and hidden characters are written out; --json has them as they are\n");
  return safe;
}

function unknownRun(runId: string): HostError {
  return new HostError("run.unknown", `There is no run ${runId} in this workspace`, {
    hint: "See 'agent-team changes list', or name the workspace with --workspace",
  });
}

function unknownFile(runId: string, file: string): HostError {
  return new HostError("change.unknownPart", `${file} is not part of the change of ${runId}`, {
    hint: `See 'agent-team changes show ${runId} --stat'`,
  });
}

function treesGone(runId: string): HostError {
  return new HostError("tree.missing", `The trees of ${runId} are gone from the state folder`, {
    hint: "Its journal still tells what happened: 'agent-team audit list'",
  });
}

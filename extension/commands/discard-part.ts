import { visible } from "../../agent-host/protocol/visible.ts";
import { fileTarget, hunkTarget } from "../review/hunk-target.ts";
import { linesOf } from "../review/hunk-words.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type Command, requestLimitMs } from "./command.ts";
import { tellNoFile, tellNoPart } from "./keep-part.ts";

/** Leaves the part at the cursor, or the one that is named, out of the change. */
export const discardHunk: Command = async ({ changes }, argument) => {
  const target = hunkTarget(changes.changes, argument);
  if (target === undefined) return tellNoPart();
  const { run, path, tree, hunk } = target;
  const { t } = rowLanguage();
  const part = hunk.index === null ? { path } : { path, hunks: [hunk.index] };
  const what = hunk.index === null ? visible(path) : t("{0} of {1}", linesOf(hunk, t), visible(path));
  await changes.discarding.discard({ run, tree, part, what }, changes.session(run));
};

/** Leaves the file in front, or the one that is named, out of the change. */
export const discardFile: Command = async ({ changes }, argument) => {
  const named = fileTarget(argument);
  if (named === undefined) return tellNoFile();
  const { workspaceId, runId, path } = named;
  const run = { workspaceId, runId };
  const session = changes.session(run);
  const { tree } = await changes.changes.file(run, path, session, AbortSignal.timeout(requestLimitMs));
  await changes.discarding.discard({ run, tree, part: { path }, what: visible(path) }, session);
};

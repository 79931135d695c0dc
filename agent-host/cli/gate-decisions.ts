import type { HostConnection } from "../client/host-connection.ts";
import { isHostError } from "../core/host-error.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import { visible } from "../protocol/visible.ts";
import { type ApproveWish, approvals, type RejectWish, rejections } from "./answers.ts";
import { keyRing } from "./approver-keys.ts";
import type { Attachment } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import type { GlobalOptions } from "./command-frame.ts";
import { commandText } from "./command-text.ts";
import { type Answered, type DecisionOutcome, decideOn } from "./decide.ts";
import { fullId, type InboxItem, inboxQuery, isNamed, pickItems, readInbox, runOfItem } from "./inbox.ts";
import { refuseDecided, whoWasFirst } from "./who-was-first.ts";
import { withHost } from "./with-host.ts";

interface Named {
  readonly ids: readonly string[];
  readonly run?: string;
}

/** `agent-team gates approve ID…` */
export async function approveCommand(
  wish: Named & ApproveWish,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return await decideCommand(wish, { options, context, answersTo: (items) => approvals(items, wish) });
}

/** `agent-team gates reject ID…` */
export async function rejectCommand(
  wish: Named & RejectWish,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return await decideCommand(wish, { options, context, answersTo: (items) => rejections(items, wish) });
}

interface Deciding {
  readonly options: GlobalOptions;
  readonly context: CliContext;
  answersTo(items: readonly InboxItem[]): Answered[];
}

async function decideCommand(named: Named, deciding: Deciding): Promise<number> {
  const { options, context, answersTo } = deciding;
  const { signal } = context;
  return await withHost(options.workspace, context, async (attachment, location) => {
    const { connection } = attachment;
    const items = await itemsNamed(named, attachment, context);
    const answers = answersTo(items);
    if (!options.quiet && !options.json) for (const each of answers) context.output.note(clearedText(each));
    const key = await keyRing(location, context).open(signal);
    const given = { connection, workspaceId: location.workspaceId, sign: key.sign };
    const outcomes = await decideOn(answers, given, signal);
    for (const outcome of outcomes) await tell(outcome, key.keyId, { ...deciding, connection });
    if (!options.quiet) await tellHowToGoOn(outcomes, attachment, deciding);
    return outcomes.some(({ kind }) => kind === "refused") ? exitCodes.gateFailed : exitCodes.done;
  });
}

async function itemsNamed(
  named: Named,
  { connection }: Attachment,
  { signal }: CliContext,
): Promise<InboxItem[]> {
  const query = inboxQuery(named, connection.host);
  const items = await readInbox(connection, query, signal);
  try {
    return pickItems(named.ids, items);
  } catch (error) {
    // One that somebody answered already is not unknown.
    if (isHostError(error) && error.code === "inbox.unknown") {
      for (const id of named.ids) {
        if (!items.some((each) => isNamed(each, id)))
          await refuseDecided(connection, { ...query, id }, signal);
      }
    }
    throw error;
  }
}

function clearedText({ answer }: Answered): string {
  return (answer.clears ?? []).map((file) => `Clears ${visible(file)}\n`).join("");
}

async function tell(
  outcome: DecisionOutcome,
  keyId: string,
  { options, context, connection }: Deciding & { connection: HostConnection },
): Promise<void> {
  const { id, runId } = outcome.entry;
  if (outcome.kind === "refused") {
    const { code, hint } = outcome;
    const question = { workspaceId: connection.host.workspaceId, id: fullId(outcome.entry) };
    const first =
      code === "decision.tooLate" ? await whoWasFirst(connection, question, context.signal) : null;
    const message = first === null ? outcome.message : `${outcome.message}: ${first}`;
    if (options.json) context.output.out(`${JSON.stringify({ id, runId, code, message })}\n`);
    const advice = hint === undefined ? "" : `  → ${visible(hint)}\n`;
    context.output.note(`${id} was not decided: ${visible(message)}\n${advice}  (${code})\n`);
    return;
  }
  const { answer } = outcome.answer;
  const { seq } = outcome;
  const verb = answer === "approve" ? "Approved" : "Rejected";
  context.output.out(
    options.json
      ? `${JSON.stringify({ id, runId, answer, seq })}\n`
      : `${verb} ${id} with key ${keyId} (entry ${seq})\n`,
  );
}

/** A run that no host works on does not go on by itself once it is answered. */
async function tellHowToGoOn(
  outcomes: readonly DecisionOutcome[],
  attachment: Attachment,
  { options, context }: Deciding,
): Promise<void> {
  const decided = outcomes.filter(({ kind }) => kind === "decided");
  const runs = new Map(decided.map(({ entry }) => [entry.runId, entry]));
  for (const [runId, entry] of runs) {
    const run = await runOfItem(entry, attachment.connection, context.signal);
    if (runId === null || run === null || run.finishedAt !== null) continue;
    const isAtWork = attachment.host === null && run.status !== "paused" && run.status !== "interrupted";
    if (isAtWork) continue;
    context.output.note(`Go on with: ${commandText(["runs", "resume", runId], options.workspace)}\n`);
  }
}

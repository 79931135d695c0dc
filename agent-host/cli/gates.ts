import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { locateWorkspace } from "../client/workspace-location.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import { type ApproveWish, approvals, type RejectWish, rejections } from "./answers.ts";
import { keyRing } from "./approver-keys.ts";
import type { Attachment } from "./attach.ts";
import type { CliContext } from "./cli-context.ts";
import type { GlobalOptions } from "./command-frame.ts";
import { commandText } from "./command-text.ts";
import { type Answered, type DecisionOutcome, decideOn } from "./decide.ts";
import { gateBackground } from "./gate-background.ts";
import { type InboxItem, pickItems, readInbox } from "./inbox.ts";
import { inboxLine, inboxText } from "./inbox-text.ts";
import { printable } from "./printable.ts";
import { withHost } from "./with-host.ts";

type OfRun = GlobalOptions & { readonly run?: string };

/** `agent-team gates list` */
export async function listGatesCommand(options: OfRun, context: CliContext): Promise<number> {
  const items = await inboxOf(options, context);
  if (options.json) {
    const gates = items.flatMap((each) => (each.kind === "gate" ? [each.item] : []));
    const approvals = items.flatMap((each) => (each.kind === "approval" ? [each.item] : []));
    context.output.out(`${JSON.stringify({ gates, approvals })}\n`);
    return exitCodes.done;
  }
  for (const item of items) context.output.out(`${inboxLine(item)}\n`);
  if (items.length === 0) context.output.out("Nothing waits for a person\n");
  else if (!options.quiet)
    context.output.note(`See all of one with: ${commandText(["gates", "show", "ID"], options.workspace)}\n`);
  return exitCodes.done;
}

/** `agent-team gates show ID` */
export async function showGateCommand(id: string, options: OfRun, context: CliContext): Promise<number> {
  return await withHost(options.workspace, context, async (attachment, location) => {
    const [entry] = pickItems(
      [id],
      await readInbox(attachment.connection, queryOf(options, location), context.signal),
    );
    if (entry === undefined) return exitCodes.usage;
    const run = await runOf(entry, attachment, context);
    const background = await gateBackground(
      entry,
      { run, stateFolder: location.stateFolder },
      context.signal,
    );
    context.output.out(
      options.json ? `${JSON.stringify({ ...entry.item, ...background })}\n` : inboxText(entry, background),
    );
    return exitCodes.done;
  });
}

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
    const items = await readInbox(connection, queryOf(named, location), signal);
    const answers = answersTo(pickItems(named.ids, items));
    if (!options.quiet && !options.json) for (const each of answers) context.output.note(clearedText(each));
    const key = await keyRing(location, context).open(signal);
    const given = { connection, workspaceId: location.workspaceId, sign: key.sign };
    const outcomes = await decideOn(answers, given, signal);
    for (const outcome of outcomes) tell(outcome, key.keyId, deciding);
    if (!options.quiet) await tellHowToGoOn(outcomes, attachment, deciding);
    return outcomes.some(({ kind }) => kind === "refused") ? exitCodes.gateFailed : exitCodes.done;
  });
}

function clearedText({ answer }: Answered): string {
  return (answer.clears ?? []).map((file) => `Clears ${printable(file)}\n`).join("");
}

function tell(outcome: DecisionOutcome, keyId: string, { options, context }: Deciding): void {
  const { id, runId } = outcome.entry;
  if (outcome.kind === "refused") {
    const { code, message, hint } = outcome;
    if (options.json) context.output.out(`${JSON.stringify({ id, runId, code, message })}\n`);
    const advice = hint === undefined ? "" : `  → ${printable(hint)}\n`;
    context.output.note(`${id} was not decided: ${printable(message)}\n${advice}  (${code})\n`);
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
    const run = await runOf(entry, attachment, context);
    if (runId === null || run === null || run.finishedAt !== null) continue;
    const isAtWork = attachment.host === null && run.status !== "paused" && run.status !== "interrupted";
    if (isAtWork) continue;
    context.output.note(`Go on with: ${commandText(["runs", "resume", runId], options.workspace)}\n`);
  }
}

async function runOf(
  { runId }: InboxItem,
  { connection }: Attachment,
  { signal }: CliContext,
): Promise<RunState | null> {
  if (runId === null) return null;
  const { workspaceId } = connection.host;
  return (await connection.request("run/show", { workspaceId, runId }, signal)).run;
}

async function inboxOf(options: OfRun, context: CliContext): Promise<InboxItem[]> {
  const { stateFolder } = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  // Where nothing was ever done nothing waits, and listing shall not be what makes a state folder.
  if (!existsSync(stateFolder)) return [];
  return await withHost(options.workspace, context, ({ connection }, location) =>
    readInbox(connection, queryOf(options, location), context.signal),
  );
}

function queryOf(
  { run }: { run?: string },
  { workspaceId }: { workspaceId: string },
): { workspaceId: string; runId?: string } {
  return run === undefined ? { workspaceId } : { workspaceId, runId: run };
}

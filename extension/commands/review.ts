import * as vscode from "vscode";
import { agentNames } from "../../agent-host/protocol/display.ts";
import type { ReviewFocus } from "../../agent-host/protocol/review-view.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import { isWaitingRef, type WaitingItem } from "../inbox/waiting-item.ts";
import { isRunRef } from "../team.ts";
import type { Command, CommandContext } from "./command.ts";

/** Opens the review of what a row names, or of the oldest thing that waits for this window. */
export const reviewNext: Command = async (context, argument) => await open(context, argument, "none");

/** Opens the review of what a row names, or of one that the person chooses. Nothing is signed unread. */
export const reviewGate: Command = async (context, argument) =>
  await open(context, argument ?? (await choose(context)), "none", true);

export const approve: Command = async (context, argument) =>
  await open(context, argument ?? (await choose(context)), "approve", true);

export const reject: Command = async (context, argument) =>
  await open(context, argument ?? (await choose(context)), "reject", true);

/** Asks the hosts anew what waits. */
export const refreshGates: Command = async ({ team, inbox }) => {
  await team.workspaces();
  inbox.refresh();
};

/** Copies the id of a gate or an approval, as the command line takes it. */
export const copyWaitingId: Command = async (_context, argument) => {
  if (isWaitingRef(argument)) await vscode.env.clipboard.writeText(argument.id);
};

async function open(
  { inbox, review }: CommandContext,
  argument: unknown,
  focus: ReviewFocus,
  isChosen = false,
): Promise<void> {
  if (isChosen && argument === undefined) return;
  const item = isWaitingRef(argument) ? inbox.find(argument) : next(inbox, argument);
  if (item === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t("Nothing waits for you."));
    return;
  }
  await review.show(item, focus);
}

/** The oldest that this window may answer, of the run that is named if one is; else the oldest of all. */
function next(inbox: CommandContext["inbox"], argument: unknown): WaitingItem | undefined {
  const isWanted = (item: WaitingItem): boolean =>
    !isRunRef(argument) || (item.runId === argument.runId && item.workspaceId === argument.workspaceId);
  return inbox.mine.find(isWanted) ?? inbox.items.find(isWanted);
}

async function choose({ inbox }: CommandContext): Promise<WaitingItem | undefined> {
  const { items } = inbox;
  if (items.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t("Nothing waits for you."));
  if (items.length <= 1) return items[0];
  const rows = items.map((item) => ({ ...rowOf(item), item }));
  const chosen = await vscode.window.showQuickPick(rows, {
    placeHolder: vscode.l10n.t("Which one do you want to review?"),
  });
  return chosen?.item;
}

function rowOf(item: WaitingItem): { label: string; description: string } {
  if (item.kind === "gate") {
    const { phase, runId } = item.gate.subject;
    return { label: vscode.l10n.t("Gate: {0}", phase), description: runId };
  }
  const { tool, facts, agentType } = item.approval.subject;
  const who = agentType === null ? "" : agentNames[agentType];
  return { label: `${tool} ${visible(facts[0] ?? "")}`, description: who };
}

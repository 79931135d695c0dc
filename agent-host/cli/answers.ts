import { HostError } from "../core/host-error.ts";
import type { Extent } from "../protocol/decision-terms.ts";
import type { Phase } from "../protocol/phase.ts";
import type { Answer, Answered } from "./decide.ts";
import type { InboxItem } from "./inbox.ts";

export interface ApproveWish {
  readonly extent: Extent;
  /** Protected files that are cleared by name, or all of them. */
  readonly clear: readonly string[] | "all";
  readonly comment?: string;
}

/**
 * The answers that approve these items.
 *
 * @throws HostError `cli.usage` where an option does not fit them, `gate.notCleared` where a protected file is left.
 */
export function approvals(items: readonly InboxItem[], wish: ApproveWish): Answered[] {
  if (wish.clear !== "all") refuseUnknownFiles(items, wish.clear);
  return items.map((entry) => ({ entry, answer: approval(entry, wish) }));
}

export interface RejectWish {
  readonly to?: Phase;
  readonly comment?: string;
}

/** The answers that reject these items. @throws HostError `cli.usage` where `to` does not fit them. */
export function rejections(items: readonly InboxItem[], { to, comment }: RejectWish): Answered[] {
  const other = items.find(({ kind }) => kind === "approval");
  if (to !== undefined && other !== undefined) {
    throw misfit(`${other.id} is no gate: nothing goes back to a phase`, "Leave --to out");
  }
  const answer: Answer = { answer: "reject", returnTo: to ?? null, ...commentOf(comment) };
  return items.map((entry) => ({ entry, answer }));
}

function approval(entry: InboxItem, { extent, clear, comment }: ApproveWish): Answer {
  const answer = { answer: "approve" as const, ...commentOf(comment) };
  if (entry.kind === "approval") {
    if (extent !== "once" && entry.item.subject.pattern === null) {
      throw misfit(`${entry.id} can be allowed for this call only`, "Leave --for-run and --always out");
    }
    return { ...answer, extent };
  }
  if (extent !== "once")
    throw misfit(`${entry.id} is a gate: it is passed once`, "Leave --for-run and --always out");
  const { protectedFiles } = entry.item.subject;
  const left = clear === "all" ? [] : protectedFiles.filter((file) => !clear.includes(file));
  if (left.length === 0) return { ...answer, clears: [...protectedFiles] };
  throw new HostError(
    "gate.notCleared",
    `Protected files changed, and each must be cleared: ${left.join(", ")}`,
    {
      hint: `Look at them with 'agent-team gates show ${entry.id}', then add --clear FILE for each, or --clear-all`,
    },
  );
}

function refuseUnknownFiles(items: readonly InboxItem[], clear: readonly string[]): void {
  const known = new Set(
    items.flatMap((entry) => (entry.kind === "gate" ? entry.item.subject.protectedFiles : [])),
  );
  const unknown = clear.find((file) => !known.has(file));
  if (unknown === undefined) return;
  const hint =
    known.size === 0
      ? "No protected file changed: leave --clear out"
      : `Protected files: ${[...known].join(", ")}`;
  throw misfit(`--clear ${unknown}: no such protected file changed`, hint);
}

function commentOf(comment: string | undefined): { comment?: string } {
  return comment === undefined ? {} : { comment };
}

function misfit(message: string, hint: string): HostError {
  return new HostError("cli.usage", message, { hint });
}

import type { InertRules, RulesEvent } from "../config/effective-rules.ts";
import { digestOf } from "../core/digest.ts";
import type { Journal } from "../journal/journal.ts";
import type { ApprovalSubject } from "../protocol/approval.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { ControlState } from "../protocol/state/schemas.ts";
import type { ControlLog } from "./control-log.ts";

const host: Actor = { kind: "system", id: "host", role: "host" };

/** Checksums of workspace rules that a person approved. */
export function approvedRules({ approvals }: ControlState): ReadonlySet<string> {
  const approved = Object.values(approvals).filter(
    (each) => each.kind === "rules" && each.answer === "approve",
  );
  return new Set(approved.flatMap((each) => each.about ?? []));
}

/** What is asked about rules of the workspace: the same for the same bytes. */
export function rulesSubject(approvalId: string, { path, sha256, text }: InertRules): ApprovalSubject {
  return {
    approvalId,
    runId: null,
    taskId: null,
    agentType: null,
    kind: "rules",
    tool: path,
    input: { path, sha256, text },
    facts: [
      `File: ${path}`,
      `SHA-256: ${sha256}`,
      ...text
        .split("\n")
        .slice(0, 48)
        .map((line) => line.slice(0, 4_000)),
    ],
    reason: "Rules that come with the workspace count only once a person has approved exactly these bytes",
    risk: "high",
    pattern: null,
    needsPerson: true,
    approvers: ["lead"],
  };
}

/** Journals what became of the rules' files, and asks once for each version of the workspace's own. */
export async function journalRulesEvent(
  event: RulesEvent,
  given: { readonly journal: Pick<Journal, "append">; readonly control: ControlLog },
): Promise<void> {
  const drafts = await draftsFor(event, given.control);
  if (drafts.length > 0) await given.journal.append(drafts, new AbortController().signal);
}

async function draftsFor(event: RulesEvent, control: ControlLog): Promise<EventDraft[]> {
  if (event.kind === "loaded") {
    const data = { checksum: event.effective.checksum, source: event.source };
    return [{ type: "rules.loaded", actor: host, data }];
  }
  if (event.kind === "refused") {
    const { source, line, path, reason, name } = event.refusal;
    const words = `${name}: ${path === "" ? "" : `${path}: `}${reason}`.slice(0, 500);
    return [
      {
        type: "rules.refused",
        actor: host,
        outcome: "denied",
        data: { source, line: line ?? null, reason: words },
      },
    ];
  }
  const { inert } = event;
  const approvalId = `a-rules-${inert.sha256.slice(0, 40)}`;
  const { approvals } = await control.current();
  if (approvals[approvalId] !== undefined) return [];
  const subject = rulesSubject(approvalId, inert);
  const { kind, tool, risk } = subject;
  const data = { approvalId, kind, tool, risk, about: inert.sha256, digest: digestOf(subject), limitMs: 0 };
  return [{ type: "approval.requested", actor: host, data }];
}

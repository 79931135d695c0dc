import { formatDay, formatTime } from "../../agent-host/protocol/display.ts";
import type { Actor, Entry, VerifyReport } from "../../agent-host/protocol/journal.ts";
import { type RowIcon, type RowLanguage, rowIcons, type Translate, type TreeRow } from "./tree-row.ts";

/** An entry and the folder whose journal it is in. */
export interface AuditEntry {
  readonly workspaceId: string;
  readonly entry: Entry;
}

export interface AuditGroup {
  readonly row: TreeRow;
  readonly entries: readonly AuditEntry[];
}

/** Entries kept in the view; older ones are asked for again. */
export const maxAuditEntries = 2_000;

/** Adds entries, newest first, each once. The oldest go when there are too many. Pure. */
export function withEntries(known: readonly AuditEntry[], added: readonly AuditEntry[]): AuditEntry[] {
  const byKey = new Map([...known, ...added].map((each) => [keyOf(each), each]));
  return [...byKey.values()].sort(newestFirst).slice(0, maxAuditEntries);
}

/** The minutes with their entries, newest first. Pure. */
export function auditGroups(entries: readonly AuditEntry[], language: RowLanguage): AuditGroup[] {
  const minutes = new Map<string, AuditEntry[]>();
  for (const each of entries) {
    const minute = each.entry.time.slice(0, 16);
    const group = minutes.get(minute);
    if (group === undefined) minutes.set(minute, [each]);
    else group.push(each);
  }
  return [...minutes].map(([minute, group], index) => ({
    row: groupRow(minute, { count: group.length, isNewest: index === 0 }, language),
    entries: group,
  }));
}

/** What happened, who did it, to what. Pure. */
export function entryRow({ workspaceId, entry }: AuditEntry, language: RowLanguage): TreeRow {
  const { t, locale } = language;
  const label = entryLabel(entry, t);
  const who = actorName(entry.actor, t);
  const object = objectOf(entry);
  const description = [who, object].filter((part) => part !== "").join(" · ");
  return {
    id: `entry ${workspaceId} ${entry.seq}`,
    label,
    description,
    tooltip: [
      t("Entry {0}: {1}", entry.seq, entry.type),
      `${entry.time} · ${entry.outcome}`,
      `${entry.actor.kind} ${entry.actor.id} (${entry.actor.role})`,
      entry.runId ?? "",
      entry.taskId ?? "",
      entry.cause === null ? "" : t("caused by entry {0}", entry.cause),
      t("previous {0}", entry.prevHash.slice(0, 7)),
    ]
      .filter((line) => line !== "")
      .join("\n"),
    icon: entryIcon(entry),
    contextValue: "audit.entry",
    expands: "never",
    spoken: t("{0}, {1}, entry {2}, {3}", label, description, entry.seq, formatTime(entry.time, locale)),
  };
}

/** What the last check of the chain said. Pure. */
export function verifyRow(
  workspaceId: string,
  verdict: { readonly report: VerifyReport; readonly at: string; readonly folder: string },
  { t, locale }: RowLanguage,
): TreeRow {
  const { report, at, folder } = verdict;
  const sound = report.status === "ok" || report.status === "torn";
  const label = sound ? t("Verified to entry {0}", report.entries) : brokenText(report, t);
  const head = report.head === null ? "" : t("head {0}", report.head.hash.slice(0, 7));
  const description = [folder, head, formatTime(at, locale)].filter((part) => part !== "").join(" · ");
  return {
    id: `verify ${workspaceId}`,
    label,
    description,
    tooltip: [label, report.head?.hash ?? "", report.firstBad?.reason ?? "", ...report.warnings]
      .filter((line) => line !== "")
      .join("\n"),
    icon: sound ? { name: "verified", color: "charts.green" } : rowIcons.failed,
    contextValue: sound ? "audit.verified" : "audit.broken",
    expands: "never",
    spoken: `${label}, ${description}`,
  };
}

/** In words, what is wrong with a chain. */
export function brokenText(report: VerifyReport, t: Translate): string {
  if (report.status === "truncated") return t("The journal is cut off: entries are missing at its end");
  const seq = report.firstBad?.seq ?? null;
  return seq === null ? t("The journal does not verify") : t("The journal is broken at entry {0}", seq);
}

function groupRow(
  minute: string,
  group: { readonly count: number; readonly isNewest: boolean },
  { t, locale, nowMs }: RowLanguage,
): TreeRow {
  const iso = `${minute}:00.000Z`;
  const day = formatDay(iso, new Date(nowMs), locale);
  const isToday = day === formatDay(new Date(nowMs).toISOString(), new Date(nowMs), locale);
  const time = formatTime(iso, locale);
  const label = isToday ? time : `${day}, ${time}`;
  const description = group.count === 1 ? t("1 entry") : t("{0} entries", group.count);
  return {
    id: `minute ${minute}`,
    label,
    description,
    tooltip: `${day}, ${time}`,
    icon: { name: "clock", color: null },
    contextValue: "audit.group",
    expands: group.isNewest ? "open" : "closed",
    spoken: `${label}, ${description}`,
  };
}

function entryLabel(entry: Entry, t: Translate): string {
  const labels: Readonly<Record<string, string>> = {
    "journal.created": t("Journal created"),
    "host.started": t("Host started"),
    "host.stopped": t("Host stopped"),
    "run.created": t("Run created"),
    "run.started": t("Run started"),
    "run.paused": t("Run paused"),
    "run.resumed": t("Run resumed"),
    "run.waiting": t("Run waits for a person"),
    "run.steered": t("Steered"),
    "run.finished": t("Run finished"),
    "run.deleted": t("Run deleted"),
    "phase.entered": t("Phase entered"),
    "phase.left": t("Phase left"),
    "task.planned": t("Task planned"),
    "task.refused": t("Task refused"),
    "task.started": t("Task started"),
    "task.finished": t("Task finished"),
    "agent.stateChanged": t("Agent state changed"),
    "gate.evaluated": t("Gate evaluated"),
    "gate.decided":
      entry.data.decision === "failed"
        ? t("Gate failed")
        : entry.data.decision === "rejected"
          ? entry.data.returned === undefined
            ? t("Gate rejected")
            : t("Work sent back")
          : t("Gate passed"),
    "approval.requested": t("Approval requested"),
    "approval.decided": entry.data.answer === "reject" ? t("Approval denied") : t("Approval allowed"),
    "approver.enrolled": t("Approver key enrolled"),
    "budget.warned": t("Budget nearly used up"),
    "budget.exhausted": t("Budget used up"),
    "budget.extended": t("Budget extended"),
    "model.requested": t("Model asked"),
    "model.answered": t("Model answered"),
    "effect.intended": t("Effect begins"),
    "effect.completed": t("Effect completed"),
    "effect.inDoubt": t("Effect in doubt"),
    "effect.settled": t("Effect settled"),
    "changeset.created": t("Change set created"),
    "changeset.merged": t("Change set merged"),
    "changeset.applied": t("Changes applied"),
    "finding.reported": t("Findings reported"),
    "rules.loaded": t("Rules loaded"),
    "rules.refused": t("Rules refused"),
    "prompt.loaded": t("Prompt loaded"),
    "prompt.refused": t("Prompt refused"),
    "config.changed": t("Setting changed"),
    "permission.decided": entry.data.allowed === false ? t("Denied") : t("Allowed"),
    "auth.succeeded": t("Client connected"),
    "auth.failed": t("Client refused"),
  };
  // A type of a later version is shown as it is written.
  return Object.hasOwn(labels, entry.type) ? (labels[entry.type] ?? entry.type) : entry.type;
}

function entryIcon(entry: Entry): RowIcon {
  if (entry.outcome === "denied") return { name: "circle-slash", color: "list.errorForeground" };
  if (entry.outcome === "failed") return rowIcons.failed;
  const [area = ""] = entry.type.split(".");
  return { name: areaIcons[area] ?? "circle-small-filled", color: null };
}

const areaIcons: Readonly<Record<string, string>> = {
  journal: "book",
  host: "server-process",
  run: "play",
  phase: "milestone",
  task: "checklist",
  agent: "person",
  gate: "law",
  approval: "bell",
  approver: "key",
  budget: "credit-card",
  model: "comment-discussion",
  effect: "zap",
  changeset: "diff",
  prompt: "note",
  config: "gear",
  finding: "warning",
  rules: "shield",
  permission: "key",
  auth: "plug",
};

function actorName(actor: Actor, t: Translate): string {
  if (actor.kind === "system") return t("system");
  return actor.kind === "user" ? t("you, {0}", actor.role) : actor.id;
}

/** Names and numbers from the entry's own data; words of people are in blobs and not shown here. */
function objectOf({ data, taskId }: Entry): string {
  const named = [
    data.title,
    data.phase,
    data.tool,
    data.status,
    data.client,
    data.permission,
    data.reason,
    data.mode,
  ].find((value): value is string => typeof value === "string" && value !== "");
  return named ?? taskId ?? "";
}

function keyOf({ workspaceId, entry }: AuditEntry): string {
  return `${workspaceId} ${entry.seq}`;
}

function newestFirst(one: AuditEntry, other: AuditEntry): number {
  if (one.workspaceId === other.workspaceId) return other.entry.seq - one.entry.seq;
  return other.entry.time.localeCompare(one.entry.time);
}

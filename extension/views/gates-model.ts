import { agentNames, formatElapsed } from "../../agent-host/protocol/display.ts";
import type { Evidence } from "../../agent-host/protocol/phase.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import type { Standing } from "../inbox/standing.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import { criterionText } from "./criterion-text.ts";
import { type RowIcon, type RowLanguage, rowIcons, type Translate, type TreeRow } from "./tree-row.ts";

/** Something that waits, with what the row says beside the item itself. */
export interface ListedItem {
  readonly item: WaitingItem;
  readonly isMine: boolean;
  /** "" where it belongs to no run. */
  readonly runTitle: string;
  /** "" in a window with one folder. */
  readonly folder: string;
}

/** Row of a gate or an approval. Pure. */
export function waitingRow(listed: ListedItem, language: RowLanguage): TreeRow {
  return listed.item.kind === "gate" ? gateRow(listed, language) : approvalRow(listed, language);
}

/** What stands below a gate: its criteria, the protected files. Pure. */
export function gateDetailRows(item: WaitingItem, language: RowLanguage): TreeRow[] {
  if (item.kind !== "gate") return approvalFacts(item);
  const { subject } = item.gate;
  const key = rowKey(item);
  const criteria = subject.evidence.map((evidence, index) =>
    evidenceRow(`criterion ${key} ${index}`, evidence, language),
  );
  const files = subject.protectedFiles.map((file) =>
    plainRow(`file ${key} ${file}`, file, lockIcon, language.t("protected")),
  );
  return [...criteria, ...files];
}

/** Why this window may answer nothing in a folder, or null if it may. Pure. */
export function standingRow(
  folder: { readonly workspaceId: string; readonly name: string },
  standing: Standing,
  { t }: RowLanguage,
): TreeRow | null {
  if (standing.kind === "enrolled" || standing.kind === "unknown") return null;
  const label = t("This editor holds no approver key");
  const hint = t("A person with a key can admit it: agent-team approvers enroll");
  const why =
    standing.kind === "foreign"
      ? t("Held by {0}", standing.approvers.map(({ identity, role }) => `${identity} (${role})`).join(", "))
      : t("Nobody holds one, and none is admitted any more without a signature");
  return {
    id: `standing ${folder.workspaceId}`,
    label,
    description: folder.name,
    tooltip: [label, why, hint].join("\n"),
    icon: { name: "key", color: "list.warningForeground" },
    contextValue: "standing",
    expands: "never",
    spoken: `${label}. ${why}. ${hint}`,
  };
}

/** In one word, how a criterion stands. */
function evidenceWord(evidence: Evidence, t: Translate): string {
  if (evidence.passed) return t("passed");
  if (evidence.needsPerson !== true) return t("failed");
  return evidence.criterion.kind === "humanApproval" ? t("waits for you") : t("needs you");
}

function gateRow({ item, isMine, runTitle, folder }: ListedItem, language: RowLanguage): TreeRow {
  const { t, nowMs } = language;
  if (item.kind !== "gate") return approvalRow({ item, isMine, runTitle, folder }, language);
  const { subject } = item.gate;
  const label = t("Gate: {0}", subject.phase);
  const age = formatElapsed(item.since, null, nowMs);
  const missing = subject.evidence
    .filter(({ passed }) => !passed)
    .map(({ criterion }) => criterionText(criterion, t));
  const description = joined([folder, runTitle, age, ...missing]);
  const who = isMine ? "" : t("needs {0}", subject.approvers.join(", "));
  return {
    id: `wait ${rowKey(item)}`,
    label,
    description: isMine ? description : joined([who, description]),
    tooltip: [
      joined([label, age]),
      runTitle,
      ...subject.evidence.map((each) => `${evidenceWord(each, t)}: ${criterionText(each.criterion, t)}`),
      ...subject.protectedFiles.map((file) => t("protected: {0}", file)),
      who,
      unsound(item, t),
      subject.gateId,
    ]
      .filter((line) => line !== "")
      .join("\n"),
    icon: item.isSound
      ? { name: "shield", color: isMine ? "list.warningForeground" : null }
      : rowIcons.failed,
    contextValue: `gate.${isMine ? "mine" : "others"}${subject.treeHash === null ? "" : ".changes"}`,
    expands: "closed",
    spoken: joined([label, isMine ? t("waits for you") : who, description]),
  };
}

function approvalRow({ item, isMine, runTitle, folder }: ListedItem, language: RowLanguage): TreeRow {
  const { t, nowMs } = language;
  if (item.kind !== "approval") return plainRow(rowKey(item), item.id, rowIcons.waiting, "");
  const { subject } = item.approval;
  const who = subject.agentType === null ? "" : agentNames[subject.agentType];
  const what = visible(subject.facts[0] ?? subject.tool);
  const label = joined([who, `${subject.tool} ${what}`]);
  const age = formatElapsed(item.since, null, nowMs);
  const risk = t("risk {0}", t(subject.risk));
  const wanted = isMine ? "" : t("needs {0}", subject.approvers.join(", "));
  const description = joined([wanted, folder, risk, age]);
  return {
    id: `wait ${rowKey(item)}`,
    label,
    description,
    tooltip: [
      label,
      ...subject.facts.map(visible),
      visible(subject.reason),
      risk,
      runTitle,
      wanted,
      unsound(item, t),
      item.id,
    ]
      .filter((line) => line !== "")
      .join("\n"),
    icon: item.isSound ? approvalIcon(subject.tool, isMine) : rowIcons.failed,
    contextValue: isMine ? "approval.mine" : "approval.others",
    expands: subject.facts.length > 1 ? "closed" : "never",
    spoken: joined([label, isMine ? t("waits for you") : wanted, description]),
  };
}

function approvalFacts(item: WaitingItem): TreeRow[] {
  if (item.kind !== "approval") return [];
  return item.approval.subject.facts.map((fact, index) =>
    plainRow(`fact ${rowKey(item)} ${index}`, visible(fact), { name: "dash", color: null }, ""),
  );
}

function evidenceRow(id: string, evidence: Evidence, { t }: RowLanguage): TreeRow {
  const label = criterionText(evidence.criterion, t);
  const word = evidenceWord(evidence, t);
  const exit = evidence.exitCode == null ? "" : t("exit {0}", evidence.exitCode);
  const description = joined([word, exit, visible(evidence.reason ?? "")]);
  return {
    id,
    label,
    description,
    tooltip: [label, description].join("\n"),
    icon: evidence.passed
      ? rowIcons.passed
      : evidence.needsPerson === true
        ? rowIcons.needsYou
        : rowIcons.failed,
    contextValue: "criterion",
    expands: "never",
    spoken: joined([label, description]),
  };
}

function approvalIcon(tool: string, isMine: boolean): RowIcon {
  const color = isMine ? "list.warningForeground" : null;
  if (tool === "run_command") return { name: "terminal", color };
  return { name: tool.startsWith("write") || tool.startsWith("edit") ? "edit" : "question", color };
}

const lockIcon: RowIcon = { name: "lock", color: "list.warningForeground" };

function plainRow(id: string, label: string, icon: RowIcon, description: string): TreeRow {
  const spoken = joined([label, description]);
  return { id, label, description, tooltip: spoken, icon, contextValue: "detail", expands: "never", spoken };
}

function unsound(item: WaitingItem, t: Translate): string {
  return item.isSound ? "" : t("The digest is not that of what is shown. It cannot be answered.");
}

function rowKey({ workspaceId, runId, id }: Pick<WaitingItem, "workspaceId" | "runId" | "id">): string {
  return `${workspaceId} ${runId ?? "-"} ${id}`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

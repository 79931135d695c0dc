import type { ApprovalItem } from "../protocol/approval.ts";
import type { ChangedFile } from "../protocol/change-set.ts";
import type { GateItem } from "../protocol/methods.ts";
import type { HumanRole } from "../protocol/phase.ts";
import { visible } from "../protocol/visible.ts";
import { evidenceText } from "./criterion-text.ts";
import { fullId, type InboxItem, sinceOf } from "./inbox.ts";

/** What is not in a gate's subject itself but stands behind it. */
export interface GateBackground {
  /** Every file that would be changed. */
  readonly files: readonly ChangedFile[];
  /** Unified diff of them, as far as it was asked for. */
  readonly diff: string;
  /** Output of the gate's commands. */
  readonly outputs: readonly { readonly of: string; readonly text: string }[];
}

/** One line of the list. */
export function inboxLine(entry: InboxItem): string {
  const when = sinceOf(entry).slice(0, 16).replace("T", " ");
  return visible(
    `${fullId(entry)}  ${when}  ${entry.kind === "gate" ? gateWords(entry.item) : approvalWords(entry.item)}`,
  );
}

/** All that a decision is about, never cut: the person signs for every line of it. */
export function inboxText(entry: InboxItem, background: GateBackground): string {
  const lines = entry.kind === "gate" ? gateLines(entry.item, background) : approvalLines(entry.item);
  return `${lines.join("\n")}\n`;
}

function gateWords({ subject }: GateItem): string {
  const files = subject.protectedFiles.length;
  const guarded = files === 0 ? "" : `, ${files} protected ${files === 1 ? "file" : "files"}`;
  return `gate of ${subject.phase}${guarded}, for ${rolesText(subject.approvers)}`;
}

function approvalWords({ subject, requestedAt, limitMs }: ApprovalItem): string {
  const who = subject.agentType === null ? "" : `, asked by ${subject.agentType}`;
  const what = `${subject.tool} ${inBrief(subject.input)}${who}, ${subject.risk} risk`;
  if (limitMs === 0) return what;
  return `${what}, until ${deadline(requestedAt, limitMs).slice(0, 16).replace("T", " ")}`;
}

const briefLength = 100;

/** For the list; what is decided on is shown whole. */
function inBrief(input: unknown): string {
  const text = JSON.stringify(input) ?? "";
  return text.length <= briefLength ? text : `${text.slice(0, briefLength)}…`;
}

function gateLines({ subject, digest, evaluatedAt }: GateItem, background: GateBackground): string[] {
  return [
    `Gate ${subject.gateId}: end of phase ${subject.phase}`,
    `  Run       ${subject.runId}`,
    `  Decides   ${rolesText(subject.approvers)}`,
    `  Checked   ${evaluatedAt}`,
    `  Tree      ${subject.treeHash ?? "none: this run changes nothing"}`,
    `  Rules     ${subject.rulesChecksum}`,
    `  Digest    ${digest}`,
    "Evidence",
    ...subject.evidence.map((each) => `  ${evidenceText(each)}`),
    ...section(
      "Protected files that changed; approving clears each by name",
      subject.protectedFiles.map(visible),
    ),
    ...section("Files that would change", background.files.map(fileLine)),
    ...section("Difference", background.diff === "" ? [] : background.diff.split("\n").map(visible)),
    ...background.outputs.flatMap(({ of, text }) =>
      section(`Output of ${of}`, text.split("\n").map(visible)),
    ),
  ];
}

/** `M src/a.ts  +3 -1` */
export function fileLine({ status, path, added, removed, mode }: ChangedFile): string {
  const letter = { added: "A", modified: "M", deleted: "D" }[status];
  const lines = added === null || removed === null ? "binary" : `+${added} -${removed}`;
  const kind = mode === "120000" ? "  link" : mode === "100755" ? "  executable" : "";
  return `${letter} ${visible(path)}  ${lines}${kind}`;
}

function approvalLines({ subject, digest, requestedAt, limitMs }: ApprovalItem): string[] {
  const input = JSON.stringify(subject.input, null, 2) ?? "none";
  return [
    `Approval ${subject.approvalId}: ${kindWords[subject.kind]} ${visible(subject.tool)}`,
    `  Run       ${subject.runId ?? "none: it is about the workspace"}`,
    `  Asked by  ${subject.agentType ?? "the program"}${subject.taskId === null ? "" : `, task ${subject.taskId}`}`,
    `  Why       ${visible(subject.reason)}`,
    `  Risk      ${subject.risk}`,
    `  Decides   ${rolesText(subject.approvers)}`,
    ...(limitMs === 0 ? [] : [`  Until     ${deadline(requestedAt, limitMs)}; then the run is paused`]),
    `  Digest    ${digest}`,
    ...section("What would be done", subject.facts.flatMap(shownLines)),
    ...section("Input, exactly", shownLines(input)),
    subject.pattern === null
      ? "It can be allowed for this call only"
      : `--for-run and --always would cover: ${visible(subject.pattern)}`,
  ];
}

const kindWords = {
  toolCall: "may this call run:",
  inDoubt: "a call was under way when the host ended; approve to run it again, reject to leave it:",
  rules: "may these rules of the workspace count:",
  question: 'an agent asks; approve with --comment "…" as your answer, or reject to leave it to the agent:',
} as const;

function deadline(requestedAt: string, limitMs: number): string {
  const end = new Date(Date.parse(requestedAt) + limitMs);
  return Number.isNaN(end.getTime()) ? "for ever" : end.toISOString();
}

/** Text of several lines; whatever a terminal would obey or hide is made visible. */
function shownLines(text: string): string[] {
  return text.split("\n").map(visible);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function rolesText(roles: readonly HumanRole[]): string {
  if (roles.length === 0) return "nobody: the rules name no role";
  return roles.includes("admin") ? roles.join(" or ") : `${roles.join(" or ")}, or a higher role`;
}

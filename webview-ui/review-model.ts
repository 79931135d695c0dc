import type { ChangedFile } from "../agent-host/protocol/change-set.ts";
import { fill } from "../agent-host/protocol/display.ts";
import type { Evidence } from "../agent-host/protocol/phase.ts";
import type { GateReview, ReviewMarks, ReviewView } from "../agent-host/protocol/review-view.ts";
import type { ReviewWords } from "../agent-host/protocol/review-words.ts";
import type { Answer, ReviewState } from "./review-state.ts";
import type { Mark } from "./timeline-model.ts";

export interface FileGroup {
  readonly kind: "protected" | "tests" | "source";
  readonly files: readonly ChangedFile[];
}

/** Why an answer is not possible yet, in order of weight; empty when it is. Pure. */
export function hindrances(state: ReviewState, { answer, isSendBack }: Answer, words: ReviewWords): string[] {
  const { review, stage } = state;
  if (review === null || stage.kind !== "open") return [""];
  const always = [review.signer.kind === "mayNot" && words.mayNot, !review.isSound && words.digestWrong];
  const own =
    answer === "approve"
      ? againstApprove(review, state, words)
      : isSendBack === true
        ? []
        : againstReject(review, state, words);
  return [...always, ...own].filter((reason) => reason !== false);
}

/** Whether the evidence is about exactly the tree that would be applied. Pure. */
export function isSameTree({ subject, treeToApply }: GateReview): boolean {
  // A gate whose criteria look at no files has no tree to be about.
  return subject.treeHash === null || subject.treeHash === treeToApply;
}

/** Protected, tests, source: the order in which they deserve a look. Empty groups are left out. Pure. */
export function groupsOf(files: readonly ChangedFile[], protectedFiles: readonly string[]): FileGroup[] {
  const guarded = new Set(protectedFiles);
  const kindOf = ({ path }: ChangedFile): FileGroup["kind"] =>
    guarded.has(path) ? "protected" : isTest(path) ? "tests" : "source";
  return (["protected", "tests", "source"] as const)
    .map((kind) => ({ kind, files: files.filter((file) => kindOf(file) === kind) }))
    .filter((group) => group.files.length > 0);
}

/** By its name or its folder. */
export function isTest(path: string): boolean {
  return /(^|\/)(tests?|specs?|__tests__|e2e)\/|[._-](test|spec)\.[^/]+$|(^|\/)test_[^/]+$/i.test(path);
}

/** Shape and word of a criterion's result. Pure. */
export function resultOf(evidence: Evidence): Mark {
  if (evidence.passed) return "passed";
  return evidence.needsPerson === true ? "needsYou" : "failed";
}

/** `+48 −14`, zeros left out; with U+2212. Pure. */
export function countsOf({ added, removed }: ChangedFile): { readonly plus: string; readonly minus: string } {
  return {
    plus: added === null || added === 0 ? "" : `+${added}`,
    minus: removed === null || removed === 0 ? "" : `−${removed}`,
  };
}

/** First seven characters of a hash. */
export function short(hash: string): string {
  return hash.slice(0, 7);
}

/** Sum over all files; a binary file counts no lines. Pure. */
export function totalsOf(files: readonly ChangedFile[]): ChangedFile {
  const sum = (pick: (file: ChangedFile) => number | null): number =>
    files.reduce((total, file) => total + (pick(file) ?? 0), 0);
  return {
    path: ".",
    status: "modified",
    added: sum((file) => file.added),
    removed: sum((file) => file.removed),
    mode: null,
  };
}

/** Sums over the files that were counted. Pure. */
export function reviewedOf({ files }: ReviewMarks): {
  readonly reviewed: number;
  readonly total: number;
  readonly counted: number;
} {
  const all = Object.values(files);
  return {
    reviewed: all.reduce((sum, { reviewed }) => sum + reviewed, 0),
    total: all.reduce((sum, { total }) => sum + total, 0),
    counted: all.length,
  };
}

function againstApprove(
  { about }: ReviewView,
  { ticks }: ReviewState,
  words: ReviewWords,
): (string | false)[] {
  if (about.kind !== "gate") return [];
  const { evidence, protectedFiles } = about.subject;
  return [
    evidence.some((each) => resultOf(each) === "failed") && words.failedCriteria,
    !isSameTree(about) && words.treesDiffer,
    protectedFiles.some((file) => !ticks.has(file)) && words.needsTicks,
  ];
}

function againstReject(
  { about }: ReviewView,
  { comment }: ReviewState,
  words: ReviewWords,
): (string | false)[] {
  return [about.kind === "gate" && comment.trim() === "" && words.rejectNeedsComment];
}

/** The heading of a review. Pure. */
export function titleOf({ about }: ReviewView, words: ReviewWords, agentName: string): string {
  if (about.kind === "gate") return fill(words.gateTitle, about.subject.phase);
  const { tool, agentType } = about.subject;
  return agentType === null ? fill(words.workspaceAsks, tool) : fill(words.approvalTitle, agentName, tool);
}

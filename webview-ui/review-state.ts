import type { Extent } from "../agent-host/protocol/decision-terms.ts";
import type { Phase } from "../agent-host/protocol/phase.ts";
import type {
  Choice,
  ReviewDraft,
  ReviewMarks,
  ReviewView,
  ToReviewView,
} from "../agent-host/protocol/review-view.ts";
import { sendBackText } from "../agent-host/protocol/send-back.ts";
import type { ProblemView } from "../agent-host/protocol/webview.ts";

/**
 * loading  nothing came yet
 * open     the thing waits for an answer
 * signing  an answer is on its way; the journal does not have it yet
 * decided  the journal has it
 * gone     it no longer waits, and not by this page's answer
 */
export type ReviewStage =
  | { readonly kind: "loading" | "open" | "signing" }
  | { readonly kind: "decided"; readonly seq: number; readonly more: number }
  | { readonly kind: "gone"; readonly message: string; readonly more: number };

/** An answer with how far it reaches. */
export interface Answer {
  readonly answer: Choice["answer"];
  readonly extent: Extent;
  /** A rejection with the comments in the change as its words. */
  readonly isSendBack?: true;
}

/** What the review page knows: what came of the extension, and what the person did so far. Never a decision. */
export interface ReviewState {
  readonly review: ReviewView | null;
  /** How far the person got with the change; null until it is counted. */
  readonly marks: ReviewMarks | null;
  readonly stage: ReviewStage;
  readonly problem: ProblemView | null;
  /** Protected files with a tick. */
  readonly ticks: ReadonlySet<string>;
  readonly comment: string;
  readonly returnTo: Phase | null;
  /** Answer whose text is shown as what will be signed. */
  readonly looksAt: Answer;
  /** That text; "" while it cannot be signed as it is. */
  readonly preview: string;
}

export const approveOnce: Answer = { answer: "approve", extent: "once" };
export const rejectOnce: Answer = { answer: "reject", extent: "once" };
export const sendBack: Answer = { answer: "reject", extent: "once", isSendBack: true };

export const emptyReviewState: ReviewState = {
  review: null,
  marks: null,
  stage: { kind: "loading" },
  problem: null,
  ticks: new Set(),
  comment: "",
  returnTo: null,
  looksAt: approveOnce,
  preview: "",
};

/** Folds one message of the extension into the state. Pure. */
export function reduceReview(state: ReviewState, message: ToReviewView): ReviewState {
  if (message.kind === "show") return shown(state, message);
  // About something that is no longer shown.
  if (message.digest !== state.review?.digest) return state;
  switch (message.kind) {
    case "preview":
      return { ...state, preview: message.text };
    case "marks":
      return { ...state, marks: message.marks };
    case "signing":
      return { ...state, stage: { kind: "signing" }, problem: null };
    case "decided":
      return { ...state, stage: { kind: "decided", seq: message.seq, more: message.more } };
    case "gone":
      return { ...state, stage: { kind: "gone", message: message.message, more: message.more } };
    case "problem":
      return { ...state, stage: { kind: "open" }, problem: message.problem };
  }
}

/** What the person chose so far, as the answer `as`. */
export function choiceOf(state: ReviewState, { answer, extent, isSendBack }: Answer): Choice {
  const isApprove = answer === "approve";
  if (isSendBack === true) {
    const returnTo = state.review === null ? null : usualReturn(state.review);
    return { answer, extent, returnTo, clears: [], comment: wordsToSend(state).text };
  }
  return {
    answer,
    extent: isApprove ? extent : "once",
    returnTo: isApprove ? null : state.returnTo,
    clears: isApprove ? [...state.ticks].sort() : [],
    comment: state.comment.trim(),
  };
}

/** The person's words with the comments in the change, as many as fit. */
export function wordsToSend({ comment, marks }: ReviewState): ReturnType<typeof sendBackText> {
  return sendBackText(comment, marks?.comments ?? []);
}

/** What is kept for a later page; null while there is nothing. */
export function draftOf({ review, stage, ticks, comment, returnTo }: ReviewState): ReviewDraft | null {
  if (review === null || stage.kind !== "open") return null;
  return { ticks: [...ticks].sort(), comment, returnTo };
}

/**
 * Newer facts of the same thing keep ticks and comment. Another thing begins anew, or with what an earlier page kept of
 * it. The same gate over a changed tree keeps the words alone: what was read has changed.
 */
function shown(state: ReviewState, { review, draft }: Extract<ToReviewView, { kind: "show" }>): ReviewState {
  if (state.review?.digest === review.digest) {
    const stage = state.stage.kind === "signing" ? state.stage : ({ kind: "open" } as const);
    return { ...state, review, stage };
  }
  const fresh: ReviewState = {
    ...emptyReviewState,
    review,
    stage: { kind: "open" },
    returnTo: usualReturn(review),
  };
  if (draft !== null) {
    const { ticks, comment, returnTo } = draft;
    return { ...fresh, ticks: new Set(ticks), comment, returnTo };
  }
  const isSameGate = state.review !== null && isSameWork(state.review, review);
  return isSameGate ? { ...fresh, comment: state.comment, returnTo: state.returnTo } : fresh;
}

function isSameWork(
  { about: one, workspaceId }: ReviewView,
  { about: other, ...review }: ReviewView,
): boolean {
  if (one.kind !== "gate" || other.kind !== "gate" || workspaceId !== review.workspaceId) return false;
  return one.subject.runId === other.subject.runId && one.subject.phase === other.subject.phase;
}

/** Where rejected work usually goes: to those who wrote it, else to the phase itself. */
function usualReturn({ about }: ReviewView): Phase | null {
  if (about.kind !== "gate") return null;
  return about.phases.includes("implementation") ? "implementation" : about.subject.phase;
}

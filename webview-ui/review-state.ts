import type { Extent } from "../agent-host/protocol/decision-terms.ts";
import type { Phase } from "../agent-host/protocol/phase.ts";
import type { Choice, ReviewView, ToReviewView } from "../agent-host/protocol/review-view.ts";
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
}

/** What the review page knows: what came of the extension, and what the person did so far. Never a decision. */
export interface ReviewState {
  readonly review: ReviewView | null;
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

export const emptyReviewState: ReviewState = {
  review: null,
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
  if (message.kind === "show") return shown(state, message.review);
  // About something that is no longer shown.
  if (message.digest !== state.review?.digest) return state;
  switch (message.kind) {
    case "preview":
      return { ...state, preview: message.text };
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
export function choiceOf(state: ReviewState, { answer, extent }: Answer): Choice {
  const isApprove = answer === "approve";
  return {
    answer,
    extent: isApprove ? extent : "once",
    returnTo: isApprove ? null : state.returnTo,
    clears: isApprove ? [...state.ticks].sort() : [],
    comment: state.comment.trim(),
  };
}

/** Newer facts of the same thing keep ticks and comment; another thing, or a changed one, begins anew. */
function shown(state: ReviewState, review: ReviewView): ReviewState {
  if (state.review?.digest === review.digest) {
    const stage = state.stage.kind === "signing" ? state.stage : ({ kind: "open" } as const);
    return { ...state, review, stage };
  }
  return { ...emptyReviewState, review, stage: { kind: "open" }, returnTo: usualReturn(review) };
}

/** Where rejected work usually goes: to those who wrote it, else to the phase itself. */
function usualReturn({ about }: ReviewView): Phase | null {
  if (about.kind !== "gate") return null;
  return about.phases.includes("implementation") ? "implementation" : about.subject.phase;
}

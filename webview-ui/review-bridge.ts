import type { FromReviewView, ToReviewView } from "../agent-host/protocol/review-view.ts";

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

/** Connects the review page to its extension; `receive` gets only messages of a known kind. Called once. */
export function connectReview(receive: (message: ToReviewView) => void): (message: FromReviewView) => void {
  const editor = acquireVsCodeApi();
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (isToReviewView(event.data)) receive(event.data);
  });
  return (message) => editor.postMessage(message);
}

/** What is inside was parsed by schema, or made, where it entered the extension. */
function isToReviewView(message: unknown): message is ToReviewView {
  if (typeof message !== "object" || message === null) return false;
  const { kind, review, digest } = message as Readonly<Record<string, unknown>>;
  if (kind === "show") return typeof review === "object" && review !== null;
  return typeof kind === "string" && kinds.has(kind) && typeof digest === "string";
}

const kinds: ReadonlySet<string> = new Set<ToReviewView["kind"]>([
  "marks",
  "preview",
  "signing",
  "decided",
  "gone",
  "problem",
]);

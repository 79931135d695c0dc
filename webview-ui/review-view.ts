import type { FromReviewView, ToReviewView } from "../agent-host/protocol/review-view.ts";
import { type Child, element, render } from "./dom.ts";
import {
  type Answer,
  choiceOf,
  draftOf,
  emptyReviewState,
  type ReviewState,
  reduceReview,
} from "./review-state.ts";
import { type ReviewLanguage, reviewPage } from "./views/review-page.ts";

const tickMs = 1_000;
const keepPauseMs = 300;

/** Owns the state of the review page and draws it, one update per animation frame. */
export class ReviewPage {
  private state: ReviewState = emptyReviewState;
  private frame: number | null = null;
  /** Choice whose text was asked for last, so that equal ones are asked for once. */
  private asked = "";
  private keeping: number | undefined;
  /** The comments to send back are not counted yet; then their button gets the focus. */
  private awaitsSendBack = false;
  private readonly root: HTMLElement;
  private readonly speech: Omit<ReviewLanguage, "nowMs">;
  private readonly send: (message: FromReviewView) => void;

  constructor(
    root: HTMLElement,
    speech: Omit<ReviewLanguage, "nowMs">,
    send: (message: FromReviewView) => void,
  ) {
    this.root = root;
    this.speech = speech;
    this.send = send;
  }

  begin(): void {
    window.setInterval(() => {
      if (document.visibilityState === "visible") this.schedule();
    }, tickMs);
    this.draw();
    this.send({ kind: "ready" });
  }

  receive(message: ToReviewView): void {
    const isOther = message.kind === "show" && message.review.digest !== this.state.review?.digest;
    this.set(reduceReview(this.state, message));
    if (message.kind === "marks") this.marked();
    if (message.kind !== "show") return;
    this.awaitsSendBack = message.focus === "sendBack";
    if (isOther) this.asked = "";
    this.askPreview();
    if (message.focus === "reject") this.focusLater("#comment");
    if (message.focus === "approve") this.focusLater(".panel input, .answers button");
  }

  private marked(): void {
    this.askPreview();
    if (this.awaitsSendBack) this.focusLater(".send-back button");
    this.awaitsSendBack = false;
  }

  private set(state: ReviewState): void {
    this.state = state;
    this.schedule();
  }

  private change(part: Partial<ReviewState>): void {
    this.set({ ...this.state, ...part });
    this.askPreview();
    this.keepSoon();
  }

  /** What was ticked and written outlives this page. */
  private keepSoon(): void {
    window.clearTimeout(this.keeping);
    this.keeping = window.setTimeout(() => {
      const { review } = this.state;
      const draft = draftOf(this.state);
      if (review !== null && draft !== null) this.send({ kind: "keep", digest: review.digest, draft });
    }, keepPauseMs);
  }

  private answer(answer: Answer): void {
    const { review, stage } = this.state;
    if (review === null || stage.kind !== "open") return;
    // Off at once, so that a second press finds nothing to press.
    this.set({ ...this.state, stage: { kind: "signing" }, problem: null });
    this.send({ kind: "decide", digest: review.digest, choice: choiceOf(this.state, answer) });
  }

  private askPreview(): void {
    const { review, looksAt } = this.state;
    if (review === null) return;
    const choice = choiceOf(this.state, looksAt);
    const asked = JSON.stringify([review.digest, choice]);
    if (asked === this.asked) return;
    this.asked = asked;
    this.send({ kind: "preview", digest: review.digest, choice });
  }

  private schedule(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  private draw(): void {
    const active = document.activeElement;
    render(this.root, [...reviewPage(this.context()), this.liveRegion()]);
    // What had the focus is gone: keep the keyboard where the answer is.
    if (active !== null && active !== document.body && !active.isConnected) {
      this.root.querySelector<HTMLElement>(".panel button")?.focus();
    }
  }

  private context() {
    return {
      state: this.state,
      language: { ...this.speech, nowMs: Date.now() },
      send: this.send,
      change: (part: Partial<ReviewState>) => this.change(part),
      answer: (answer: Answer) => this.answer(answer),
    };
  }

  /** An arriving review interrupts nobody here: the person opened it. */
  private liveRegion(): Child {
    const { stage } = this.state;
    const text = stage.kind === "signing" ? this.speech.words.signing : "";
    return element(
      "div.hidden",
      { key: "live", attributes: { role: "status", "aria-live": "polite" } },
      text,
    );
  }

  private focusLater(selector: string): void {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => this.root.querySelector<HTMLElement>(selector)?.focus()),
    );
  }
}

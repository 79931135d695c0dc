import { agentNames, fill, formatElapsed } from "../../agent-host/protocol/display.ts";
import type { FromReviewView, ReviewView } from "../../agent-host/protocol/review-view.ts";
import type { ReviewWords } from "../../agent-host/protocol/review-words.ts";
import type { TeamWords } from "../../agent-host/protocol/team-words.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import { type Child, type Description, element } from "../dom.ts";
import { button, icon, markIcon } from "../icons.ts";
import { isSameTree, short, titleOf } from "../review-model.ts";
import type { Answer, ReviewState } from "../review-state.ts";
import { approvalFacts } from "./approval-facts.ts";
import { decisionPanel } from "./decision-panel.ts";
import { gateChanges } from "./gate-changes.ts";
import { gateCriteria } from "./gate-criteria.ts";
import { gateWork } from "./gate-work.ts";

export interface ReviewLanguage {
  readonly words: ReviewWords;
  /** Names of criteria and phases are those of the Team view. */
  readonly teamWords: TeamWords;
  readonly locale: string;
  readonly nowMs: number;
}

/** Everything a part of the page may look at and do. */
export interface ReviewContext {
  readonly state: ReviewState;
  readonly language: ReviewLanguage;
  send(message: FromReviewView): void;
  change(part: Partial<ReviewState>): void;
  /** Sends the answer to be signed. */
  answer(answer: Answer): void;
}

/** The whole review as one description. Pure. */
export function reviewPage(context: ReviewContext): Child[] {
  const { review } = context.state;
  const { words } = context.language;
  if (review === null) return [element("p.muted.pad", { key: "loading" }, words.loadingReview)];
  const main =
    review.about.kind === "gate"
      ? [
          gateCriteria(context, review.about),
          gateWork(context, review.about),
          gateChanges(context, review.about),
        ]
      : [approvalFacts(context, review.about)];
  return [
    heading(context, review),
    element(
      "div.columns",
      { key: `columns ${review.digest}` },
      element(
        "div.shown",
        { key: "shown" },
        main.filter((part) => part !== null),
      ),
      decisionPanel(context, review),
    ),
  ];
}

function heading({ state, language, send }: ReviewContext, review: ReviewView): Description {
  const { words, nowMs } = language;
  const { about } = review;
  const agent =
    about.kind === "approval" && about.subject.agentType !== null ? about.subject.agentType : null;
  const isOver = state.stage.kind === "decided" || state.stage.kind === "gone";
  const age = isOver ? words.nothingWaits : fill(words.waitsSince, formatElapsed(review.since, null, nowMs));
  return element(
    "header.heading",
    { key: "heading", attributes: { "data-part": "heading" } },
    element(
      "div.title",
      {},
      isOver ? icon("verified") : markIcon("needsYou", words.criterionWaits),
      element("h1", {}, titleOf(review, words, agent === null ? "" : agentNames[agent])),
      element("span.muted", {}, [review.folder, age].filter(Boolean).join(" · ")),
    ),
    element(
      "ul.review-facts",
      {},
      review.runTitle === ""
        ? null
        : element(
            "li",
            { key: "run" },
            `${words.runLabel} `,
            button(visible(review.runTitle), () => send({ kind: "openRun" }), { look: "link", key: "run" }),
          ),
      about.kind === "gate" ? treeFacts(about, words) : taskFact(about, words),
    ),
    about.kind === "gate" && about.assurance === "unsandboxed"
      ? element(
          "p.banner.warning",
          { key: "assurance" },
          icon("unlock"),
          element("span.grow", {}, `${words.unsandboxed}. ${words.unsandboxedText}`),
        )
      : null,
  );
}

function treeFacts(gate: Extract<ReviewView["about"], { kind: "gate" }>, words: ReviewWords): Description[] {
  const { treeHash, rulesChecksum } = gate.subject;
  const rules = fact("rules", words.rulesLabel, rulesChecksum);
  if (treeHash === null) return [element("li", { key: "tree" }, words.noTree), rules];
  const same = isSameTree(gate);
  return [
    fact("tree", words.evidenceTree, treeHash),
    element(
      "li",
      { key: "applied" },
      `${words.appliedTree} `,
      hash(gate.treeToApply ?? "–"),
      element(
        same ? "span.same" : "span.differs",
        {},
        icon(same ? "check" : "warning"),
        same ? words.same : words.differs,
      ),
    ),
    rules,
  ];
}

function taskFact(
  about: Extract<ReviewView["about"], { kind: "approval" }>,
  words: ReviewWords,
): Description | null {
  const { taskId } = about.subject;
  return taskId === null
    ? null
    : element("li", { key: "task" }, `${words.taskLabel} `, element("code", {}, taskId));
}

function fact(key: string, label: string, value: string): Description {
  return element("li", { key }, `${label} `, hash(value));
}

/** Seven characters; the whole in the tooltip and to a screen reader that reads it. */
function hash(value: string): Description {
  return element("code", { attributes: { title: value } }, short(value));
}

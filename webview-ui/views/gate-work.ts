import { agentNames } from "../../agent-host/protocol/display.ts";
import type { GateReview, PhaseWork } from "../../agent-host/protocol/review-view.ts";
import { visible, visibleLines } from "../../agent-host/protocol/visible.ts";
import { type Description, element } from "../dom.ts";
import type { ReviewContext } from "./review-page.ts";

/** What the agents say of their work: words, not evidence, and so below the criteria. */
export function gateWork({ language }: ReviewContext, { work }: GateReview): Description | null {
  const { words } = language;
  if (work.length === 0) return null;
  return element(
    "section",
    { key: "work", attributes: { "data-part": "work", "aria-labelledby": "work" } },
    element("h2", { attributes: { id: "work" } }, words.workTitle),
    work.map((each) => task(each, words)),
  );
}

function task(work: PhaseWork, words: ReviewContext["language"]["words"]): Description {
  return element(
    "div.work",
    { key: work.taskId },
    element("h3", {}, `${agentNames[work.agentType]}: ${visible(work.title)}`),
    work.text === ""
      ? element("p.muted", { key: "none" }, words.workTooLong)
      : element("p.words", { key: "words" }, visibleLines(work.text)),
  );
}

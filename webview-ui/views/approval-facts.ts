import { fill, formatTime } from "../../agent-host/protocol/display.ts";
import type { ApprovalReview } from "../../agent-host/protocol/review-view.ts";
import type { ReviewWords } from "../../agent-host/protocol/review-words.ts";
import { visible, visibleLines } from "../../agent-host/protocol/visible.ts";
import { type Description, element } from "../dom.ts";
import { icon } from "../icons.ts";
import type { ReviewContext } from "./review-page.ts";

/** Exactly what is asked, as the host made it from the bytes that would be used. Never cut: it wraps. */
export function approvalFacts({ language }: ReviewContext, about: ApprovalReview): Description {
  const { words, locale } = language;
  const { subject } = about;
  const explanations: Partial<Record<typeof subject.kind, string>> = {
    inDoubt: words.inDoubtText,
    rules: words.rulesText,
    question: words.questionText,
  };
  const explanation = explanations[subject.kind];
  return element(
    "section.approval",
    { key: "facts", attributes: { "data-part": "facts", "aria-labelledby": "exactly" } },
    explanation === undefined ? null : element("p", { key: "kind" }, explanation),
    element("h2", { attributes: { id: "exactly" } }, words.exactlyTitle),
    element(
      "ol.exactly",
      {},
      subject.facts.map((fact, index) =>
        element("li", { key: String(index) }, element("code", {}, visible(fact))),
      ),
    ),
    part("why", words.whyTitle, element("p", {}, visible(subject.reason))),
    part("risk", words.riskTitle, risk(subject.risk, words)),
    part(
      "covers",
      words.coversTitle,
      subject.pattern === null
        ? element("p", { key: "once" }, words.onlyOnce)
        : element("p", { key: "pattern" }, element("code", {}, visible(subject.pattern))),
    ),
    element(
      "details",
      { key: "input" },
      element("summary", {}, words.inputTitle),
      element(
        "pre",
        { attributes: { tabindex: 0 } },
        visibleLines(JSON.stringify(subject.input, null, 2) ?? ""),
      ),
    ),
    about.pausesAt === null
      ? null
      : element("p.muted", { key: "deadline" }, fill(words.pausesAt, formatTime(about.pausesAt, locale))),
  );
}

function part(key: string, title: string, content: Description): Description {
  return element("div.part", { key }, element("h2", {}, title), content);
}

function risk(level: "low" | "medium" | "high", words: ReviewWords): Description {
  const texts = { low: words.riskLow, medium: words.riskMedium, high: words.riskHigh };
  const icons = { low: "info", medium: "warning", high: "flame" };
  return element(`p.risk.${level}`, {}, icon(icons[level]), texts[level]);
}

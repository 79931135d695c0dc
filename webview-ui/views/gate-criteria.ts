import { fill, formatDuration } from "../../agent-host/protocol/display.ts";
import type { Evidence } from "../../agent-host/protocol/phase.ts";
import type { GateReview } from "../../agent-host/protocol/review-view.ts";
import { visible, visibleLines } from "../../agent-host/protocol/visible.ts";
import { type Description, element } from "../dom.ts";
import { markIcon } from "../icons.ts";
import { resultOf } from "../review-model.ts";
import { criterionName } from "../words.ts";
import type { ReviewContext } from "./review-page.ts";

/** The criteria of a gate with what was found of each. */
export function gateCriteria({ language }: ReviewContext, gate: GateReview): Description {
  const { words } = language;
  const { evidence } = gate.subject;
  const passed = evidence.filter((each) => each.passed).length;
  const columns = [
    words.resultColumn,
    words.criterionColumn,
    words.evidenceColumn,
    words.exitColumn,
    words.tookColumn,
  ];
  return element(
    "section",
    { key: "criteria", attributes: { "data-part": "criteria", "aria-labelledby": "criteria" } },
    element(
      "h2",
      { attributes: { id: "criteria" } },
      words.criteriaTitle,
      element("span.muted", {}, fill(words.passedOf, passed, evidence.length)),
    ),
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          columns.map((column, index) =>
            element(index > 2 ? "th.number" : "th", { attributes: { scope: "col" } }, column),
          ),
        ),
      ),
      element(
        "tbody",
        {},
        evidence.map((each) => row(each, gate, language)),
      ),
    ),
  );
}

function row(
  evidence: Evidence,
  gate: GateReview,
  { words, teamWords }: ReviewContext["language"],
): Description {
  const mark = resultOf(evidence);
  const word =
    evidence.criterion.kind === "humanApproval" && mark === "needsYou"
      ? words.criterionWaits
      : teamWords[mark];
  const took = evidence.durationMs === undefined ? "" : formatDuration(evidence.durationMs);
  const output = outputOf(evidence, gate, words);
  return element(
    mark === "needsYou" ? "tr.needs" : "tr",
    {},
    element("td.result", {}, markIcon(mark, ""), element("span", {}, word)),
    element("td", {}, criterionName(evidence.criterion, teamWords)),
    element("td.evidence", {}, visible(evidence.reason ?? ""), output),
    element("td.number", {}, evidence.exitCode == null ? "" : String(evidence.exitCode)),
    element("td.number.muted", {}, took),
  );
}

function outputOf(
  { detail }: Evidence,
  { details }: GateReview,
  words: ReviewContext["language"]["words"],
): Description | null {
  if (detail === undefined) return null;
  const text = details[detail.blob];
  if (text === undefined) return element("p.muted", { key: "missing" }, words.outputTooLong);
  return element(
    "details",
    { key: "output" },
    element("summary", {}, words.showOutput),
    element("pre", { attributes: { tabindex: 0 } }, visibleLines(text)),
  );
}

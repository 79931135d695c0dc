import { fill } from "../../agent-host/protocol/display.ts";
import { type Description, element } from "../dom.ts";
import { icon, markIcon } from "../icons.ts";
import { type RunDay, type RunLine, runDaysOf } from "../runs-model.ts";
import type { PageContext } from "./page.ts";

/** Runs below this number need no search. */
const searchFrom = 8;

/** Earlier runs, newest first, grouped by day. */
export function runList(context: PageContext): Description {
  const { state, local, language } = context;
  const { words } = language;
  const days = runDaysOf(state, local.search, language);
  return element(
    "section.runs",
    { key: "runs", attributes: { "data-part": "runs", "aria-label": words.runs } },
    element("h2", {}, words.runs),
    state.runs.size < searchFrom && local.search === "" ? null : searchBox(context),
    days.length === 0 ? element("p.muted.pad", { key: "none" }, fill(words.noMatch, local.search)) : null,
    days.map((day) => dayGroup(day, context)),
  );
}

function searchBox({ local, language, change }: PageContext): Description {
  return element(
    "div.search",
    { key: "search" },
    icon("search"),
    element("input", {
      attributes: {
        type: "search",
        "aria-label": language.words.searchRuns,
        placeholder: language.words.searchRuns,
        value: local.search,
      },
      on: { input: (event) => change({ search: (event.target as HTMLInputElement).value }) },
    }),
  );
}

function dayGroup({ day, lines }: RunDay, context: PageContext): Description {
  return element(
    "div.day",
    { key: day },
    element("h3", {}, day),
    element(
      "ul",
      {},
      lines.map((line) => runLine(line, context)),
    ),
  );
}

function runLine(line: RunLine, { send }: PageContext): Description {
  return element(
    "li",
    { key: `${line.ref.workspaceId} ${line.ref.runId}` },
    element(
      "button.row",
      {
        attributes: { type: "button", title: line.tooltip, "data-row": "run" },
        on: { click: () => send({ kind: "showRun", run: line.ref }) },
      },
      markIcon(line.mark, line.word),
      element("span.label", {}, line.title),
      element("span.detail", {}, line.detail),
    ),
  );
}

import { fill, formatElapsed } from "../../agent-host/protocol/display.ts";
import { visible } from "../../agent-host/protocol/visible.ts";
import type { ShownRun, WaitingLine } from "../../agent-host/protocol/webview.ts";
import { type Description, element } from "../dom.ts";
import { button, markIcon } from "../icons.ts";
import { refOf } from "../team-state.ts";
import type { PageContext } from "./page.ts";

/** Lines shown; the tree has the others. */
const maxShown = 3;

/** What waits in the shown run, with the way to answer it; null while nothing does. */
export function waitingBar(context: PageContext, shown: ShownRun): Description | null {
  const { words } = context.language;
  const lines = context.state.waiting.filter(
    ({ workspaceId, runId }) => workspaceId === shown.workspaceId && runId === shown.run.runId,
  );
  const mine = lines.filter(({ isMine }) => isMine);
  if (lines.length === 0) return null;
  const title =
    mine.length === 0
      ? fill(words.othersWait, lines.length)
      : mine.length === 1
        ? words.oneWaits
        : fill(words.manyWait, mine.length);
  return element(
    "section.waiting-bar",
    { key: "waiting", attributes: { "data-part": "waiting", "aria-label": title } },
    element(
      "div.line",
      {},
      markIcon("needsYou", words.waitsForYou),
      element("span.grow.strong", {}, title),
      button(words.review, () => context.send({ kind: "review", run: refOf(shown) }), { look: "primary" }),
    ),
    (mine.length === 0 ? lines : mine).slice(0, maxShown).map((line) => waitingLine(line, context)),
  );
}

function waitingLine(line: WaitingLine, { language }: PageContext): Description {
  return element(
    "div.wait",
    { key: line.id },
    element(
      "div.line",
      {},
      element("span.grow", {}, line.title),
      element("span.muted", {}, formatElapsed(line.since, null, language.nowMs)),
    ),
    line.detail === "" ? null : element("code", {}, visible(line.detail)),
  );
}

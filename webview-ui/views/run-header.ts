import { fill } from "../../agent-host/protocol/display.ts";
import type { TeamWords } from "../../agent-host/protocol/team-words.ts";
import type { ShownRun } from "../../agent-host/protocol/webview.ts";
import { type Description, element } from "../dom.ts";
import { type HeaderModel, headerOf } from "../header-model.ts";
import { icon, iconButton, markIcon } from "../icons.ts";
import { folderOf, refOf } from "../team-state.ts";
import type { PageContext } from "./page.ts";

/** Title, state, phase and time of the shown run; stands still while the timeline scrolls. */
export function runHeader(context: PageContext, shown: ShownRun): Description {
  const { words } = context.language;
  const link = folderOf(context.state, shown.workspaceId)?.link ?? { kind: "idle" };
  const header = headerOf(shown.run, link, context.language);
  return element(
    "header.run",
    { key: "header", attributes: { "data-part": "header", "aria-label": words.runHeader } },
    element(
      "div.title",
      {},
      iconButton("arrow-left", words.allRuns, () => context.send({ kind: "showRun", run: null })),
      markIcon(header.mark, header.word),
      element("h2.grow", { attributes: { title: header.title } }, header.title),
      pauseButton(context, shown, header),
      cancelButton(context, shown, header),
    ),
    element(
      "div.facts",
      {},
      element("span", {}, header.phase),
      element("span.muted", {}, header.position),
      element("span.right", {}, header.asOf ?? header.time),
    ),
    segments(header, words),
    element(
      "div.facts.small",
      {},
      element("span", {}, header.findings),
      element("span.right", {}, header.budget || header.cost),
    ),
    header.isUnsandboxed
      ? element(
          "div.facts.small.warning",
          { key: "assurance", attributes: { title: words.unsandboxedHint } },
          icon("unlock"),
          element("span", {}, words.unsandboxed),
        )
      : null,
  );
}

function pauseButton(context: PageContext, shown: ShownRun, header: HeaderModel): Description | null {
  if (!header.canPause) return null;
  const pause = (): void => context.send({ kind: "pauseRun", run: refOf(shown) });
  return iconButton("debug-pause", context.language.words.pauseRun, pause);
}

function cancelButton(context: PageContext, shown: ShownRun, header: HeaderModel): Description | null {
  if (!header.canCancel) return null;
  const { words } = context.language;
  const label = context.cancelling ? words.cancelling : words.cancelRun;
  const cancel = (): void => context.send({ kind: "cancelRun", run: refOf(shown) });
  return iconButton("debug-stop", label, cancel, context.cancelling);
}

function segments(header: HeaderModel, words: TeamWords): Description {
  const current = header.segments.filter(({ mark }) => mark === "passed" || mark === "failed").length;
  return element(
    "div.segments",
    {
      attributes: {
        role: "meter",
        "aria-label": words.phases,
        "aria-valuemin": 0,
        "aria-valuemax": Math.max(1, header.segments.length),
        "aria-valuenow": current,
        "aria-valuetext": fill(words.phaseOf, header.phase, current, header.segments.length),
      },
    },
    header.segments.map(({ phase, mark }) =>
      element(`span.segment.${mark}`, { key: phase, attributes: { title: `${phase}: ${words[mark]}` } }),
    ),
  );
}

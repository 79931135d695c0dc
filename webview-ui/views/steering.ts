import { visibleLines } from "../../agent-host/protocol/visible.ts";
import type { ShownRun } from "../../agent-host/protocol/webview.ts";
import { type Description, element } from "../dom.ts";
import { headerOf } from "../header-model.ts";
import { button, icon } from "../icons.ts";
import { folderOf, refOf } from "../team-state.ts";
import type { PageContext } from "./page.ts";

/** Words to the agents while the run works, and what became of those sent; null where nobody would hear them. */
export function steering(context: PageContext, shown: ShownRun): Description | null {
  const { words } = context.language;
  const link = folderOf(context.state, shown.workspaceId)?.link ?? { kind: "idle" };
  if (!headerOf(shown.run, link, context.language).canSteer) return null;
  const draft = context.local.steering;
  const send = (): void => {
    const message = draft.trim();
    if (message === "") return;
    context.send({ kind: "steerRun", run: refOf(shown), message });
    context.change({ steering: "" });
  };
  return element(
    "section.steering",
    { key: "steering", attributes: { "data-part": "steering", "aria-label": words.steer } },
    sent(context),
    element(
      "div.box",
      {},
      element("textarea", {
        key: "words",
        attributes: {
          rows: 1,
          "aria-label": words.steer,
          placeholder: words.steerPlaceholder,
          maxlength: 20_000,
          value: draft,
        },
        on: {
          input: (event) => context.change({ steering: (event.target as HTMLTextAreaElement).value }),
          keydown: (event) => onKey(event as KeyboardEvent, send),
        },
      }),
      element(
        "div.tools",
        {},
        button(words.send, send, { look: "primary", icon: "send", disabled: draft.trim() === "" }),
      ),
    ),
  );
}

function sent({ state, language }: PageContext): Description | null {
  const { words } = language;
  if (state.steering.length === 0) return null;
  return element(
    "ul.sent",
    { key: "sent", attributes: { "aria-label": words.steeringList } },
    state.steering
      .slice(-3)
      .map((line) =>
        element(
          "li.line",
          { key: String(line.seq) },
          icon(line.isDelivered ? "check" : "clock"),
          element("span.label", { attributes: { title: line.text } }, visibleLines(line.text)),
          element("span.muted", {}, line.isDelivered ? words.delivered : words.queued),
        ),
      ),
  );
}

function onKey(event: KeyboardEvent, send: () => void): void {
  // While an input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
}

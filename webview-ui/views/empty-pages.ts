import { type Description, element } from "../dom.ts";
import { button, icon } from "../icons.ts";
import type { PageContext } from "./page.ts";

export function loadingPage({ language }: PageContext): Description {
  return element(
    "section.empty",
    { key: "loading", attributes: { "aria-busy": "true" } },
    element("p.muted", {}, language.words.loading),
  );
}

export function noFolderPage({ language, send }: PageContext): Description {
  const { words } = language;
  return element(
    "section.empty",
    { key: "no-folder" },
    element("p", {}, words.noFolderText),
    button(words.openFolder, () => send({ kind: "command", command: "openFolder" }), {
      look: "primary",
      icon: "folder-opened",
    }),
  );
}

export function restrictedPage({ language, send }: PageContext): Description {
  const { words } = language;
  return element(
    "section.restricted",
    { key: "restricted" },
    element(
      "div.banner",
      { attributes: { role: "status" } },
      icon("shield"),
      element("span.grow", {}, words.restrictedTitle),
      button(words.manageTrust, () => send({ kind: "command", command: "manageTrust" }), { look: "link" }),
    ),
    element(
      "div.empty",
      {},
      element("p", {}, words.restrictedText),
      element("p.muted", {}, words.restrictedNext),
    ),
  );
}

export function emptyPage({ language, start, starting }: PageContext): Description {
  const { words } = language;
  return element(
    "section.empty",
    { key: "empty", attributes: { "data-part": "empty" } },
    element("p", {}, words.emptyText),
    element("p.muted", {}, words.emptyPromise),
    button(words.analyzeFolder, () => start(words.analyzeGoal, "analysis"), {
      icon: "search",
      disabled: starting,
    }),
  );
}

import { fill } from "../../agent-host/protocol/display.ts";
import type { Profile } from "../../agent-host/protocol/phase.ts";
import type { TeamWords } from "../../agent-host/protocol/team-words.ts";
import { type Description, element } from "../dom.ts";
import { button, icon } from "../icons.ts";
import { profileNames } from "../local-state.ts";
import type { PageContext } from "./page.ts";

/** Goal, folder, profile and Run. Enter runs, Shift+Enter begins a new line. */
export function composer(context: PageContext): Description {
  const { words } = context.language;
  const { local, starting } = context;
  const profile = profileOf(context);
  const isEmpty = local.draft.trim() === "";
  const run = (): void => {
    if (!isEmpty && !starting) context.start(local.draft);
  };
  return element(
    "section.composer",
    { key: "composer", attributes: { "data-part": "composer", "aria-label": words.goal } },
    element(
      "div.box",
      {},
      element("textarea", {
        key: "goal",
        attributes: {
          id: "goal",
          rows: 3,
          "aria-label": words.goal,
          "aria-describedby": "profile",
          placeholder: words.goalPlaceholder,
          maxlength: 20_000,
          value: local.draft,
        },
        on: {
          input: (event) => context.change({ draft: (event.target as HTMLTextAreaElement).value }),
          keydown: (event) => onKey(event as KeyboardEvent, run),
        },
      }),
      element(
        "div.tools",
        {},
        profilePicker(context),
        folderPicker(context),
        button(starting ? words.starting : words.run, run, {
          look: "primary",
          icon: "play",
          disabled: isEmpty || starting,
          key: "run",
        }),
      ),
    ),
    element(
      "ul.promises",
      { attributes: { id: "profile" } },
      element("li", {}, icon(profile === "analysis" ? "lock" : "edit"), profileHint(profile, words)),
      element("li", {}, icon("plug"), providerHint(context, profile)),
    ),
  );
}

/** The profile the next run gets. */
export function profileOf({ state, local }: Pick<PageContext, "state" | "local">): Profile {
  return local.profile ?? state.settings.profile;
}

function profilePicker(context: PageContext): Description {
  const { words } = context.language;
  const options = profileNames.map((name) =>
    element("option", { key: name, attributes: { value: name } }, words[name]),
  );
  return element(
    "select",
    {
      key: "profile",
      attributes: { "aria-label": words.profile, value: profileOf(context) },
      on: {
        change: (event) => {
          const { value } = event.target as HTMLSelectElement;
          context.change({ profile: profileNames.find((name) => name === value) ?? null });
        },
      },
    },
    ...options,
  );
}

function profileHint(profile: Profile, words: TeamWords): string {
  const hints = {
    analysis: words.profileHint,
    change: words.profileHintChange,
    full: words.profileHintFull,
  };
  return hints[profile];
}

function providerHint({ state, language }: PageContext, profile: Profile): string {
  const { words } = language;
  const { provider } = state.settings;
  if (provider !== "offline") return fill(words.providerHint, provider);
  return profile === "analysis" ? words.offlineHint : words.offlineChanges;
}

function onKey(event: KeyboardEvent, run: () => void): void {
  // While an input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  run();
}

function folderPicker({ state, local, language, change }: PageContext): Description | null {
  if (state.folders.length < 2) return null;
  const options = state.folders.map((folder) =>
    element("option", { key: folder.workspaceId, attributes: { value: folder.workspaceId } }, folder.name),
  );
  return element(
    "select",
    {
      key: "folder",
      attributes: {
        "aria-label": language.words.folder,
        value: local.folder ?? state.folders[0]?.workspaceId ?? "",
      },
      on: { change: (event) => change({ folder: (event.target as HTMLSelectElement).value }) },
    },
    ...options,
  );
}

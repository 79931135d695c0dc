import { type Description, element } from "./dom.ts";
import type { Mark } from "./timeline-model.ts";

/** A codicon that says nothing to a screen reader; words stand beside it. */
export function icon(name: string): Description {
  return element(`i.codicon.codicon-${name}`, { key: name, attributes: { "aria-hidden": "true" } });
}

/** The icon of a state with its word for screen readers. The spinner has a still twin for reduced motion. */
export function markIcon(mark: Mark, word: string): Description {
  const shapes = mark === "working" ? [icon("loading"), icon("clock")] : [icon(markShapes[mark])];
  return element(`span.mark.${mark}`, {}, shapes, element("span.hidden", {}, word));
}

const markShapes: Readonly<Record<Exclude<Mark, "working">, string>> = {
  waiting: "circle-large-outline",
  needsYou: "bell",
  void: "refresh",
  passed: "pass",
  failed: "error",
  cancelled: "circle-slash",
  paused: "debug-pause",
};

export interface ButtonOptions {
  readonly icon?: string;
  readonly disabled?: boolean;
  readonly look?: "primary" | "secondary" | "link";
  readonly key?: string;
  /** Id of the element that says more about the button. */
  readonly describedBy?: string;
  /** What a screen reader says instead of the label, which is part of it. */
  readonly name?: string;
}

/** A button with a word. Stays focusable while disabled, so that focus is not lost when it becomes so. */
export function button(label: string, act: () => void, options: ButtonOptions = {}): Description {
  const disabled = options.disabled === true;
  return element(
    `button.${options.look ?? "secondary"}`,
    {
      key: options.key ?? label,
      attributes: {
        type: "button",
        "aria-disabled": disabled ? "true" : undefined,
        "aria-describedby": options.describedBy,
        "aria-label": options.name,
      },
      on: { click: () => (disabled ? undefined : act()) },
    },
    options.icon === undefined ? null : icon(options.icon),
    element("span", {}, label),
  );
}

/** A button with an icon alone; `label` is its name and tooltip. */
export function iconButton(name: string, label: string, act: () => void, disabled = false): Description {
  return element(
    "button.icon-button",
    {
      key: name,
      attributes: {
        type: "button",
        title: label,
        "aria-label": label,
        "aria-disabled": disabled ? "true" : undefined,
      },
      on: { click: () => (disabled ? undefined : act()) },
    },
    icon(name),
  );
}

/** One row of a tree, without the editor's types, so that models are tested in plain Node. */
export interface TreeRow {
  /** Stays the same while the row's state changes. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: RowIcon;
  readonly contextValue: string;
  readonly expands: "never" | "closed" | "open";
  /** What a screen reader says. */
  readonly spoken: string;
}

/** A codicon and the theme colour that goes with its meaning; null for the icon colour of the theme. */
export interface RowIcon {
  readonly name: string;
  readonly color: string | null;
}

/** The editor's translation of an English sentence; `{0}` are values. */
export type Translate = (message: string, ...values: (string | number)[]) => string;

export interface RowLanguage {
  readonly t: Translate;
  readonly locale: string;
  readonly nowMs: number;
}

export const rowIcons = {
  passed: { name: "pass", color: "charts.green" },
  working: { name: "loading~spin", color: "charts.blue" },
  failed: { name: "error", color: "list.errorForeground" },
  waiting: { name: "circle-large-outline", color: null },
  needsYou: { name: "bell-dot", color: "list.warningForeground" },
  void: { name: "refresh", color: null },
  cancelled: { name: "circle-slash", color: null },
  paused: { name: "debug-pause", color: null },
} as const satisfies Record<string, RowIcon>;

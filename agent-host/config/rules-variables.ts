/** A value that a variable gives to one place of the rules. */
export interface VariableOverlay {
  readonly name: string;
  readonly path: readonly [string, string];
  readonly value: number | null;
}

export interface VariableRefusal {
  readonly name: string;
  readonly path: string;
  readonly reason: string;
}

interface Variable {
  readonly path: readonly [string, string];
  /** `none` lifts the limit. */
  readonly mayBeNone: boolean;
}

const budget = (kind: string): Variable => ({ path: ["budget", kind], mayBeNone: true });
const limit = (name: string): Variable => ({ path: ["limits", name], mayBeNone: false });

/**
 * The environment variables that change rules, and the place each changes. Values are decimal numbers in the unit of
 * that place; a budget may be `none`. An empty value counts as not set.
 */
export const rulesVariables: Readonly<Record<string, Variable>> = {
  AGENT_TEAM_MAX_PARALLEL: limit("parallel"),
  AGENT_TEAM_MAX_TASKS: limit("tasks"),
  AGENT_TEAM_MAX_TURNS: limit("turns"),
  AGENT_TEAM_MAX_ATTEMPTS: limit("attempts"),
  AGENT_TEAM_MAX_REPLANS: limit("replans"),
  AGENT_TEAM_MAX_RETURNS: limit("returns"),
  AGENT_TEAM_MIN_CONFIDENCE: limit("confidence"),
  AGENT_TEAM_APPROVAL_MINUTES: limit("approvalMinutes"),
  AGENT_TEAM_BUDGET_TOKENS: budget("tokens"),
  AGENT_TEAM_BUDGET_USD: budget("usd"),
  AGENT_TEAM_BUDGET_MINUTES: budget("minutes"),
  AGENT_TEAM_BUDGET_COMPLEXITY: budget("complexity"),
  AGENT_TEAM_BUDGET_MODEL_CALLS: budget("modelCalls"),
  AGENT_TEAM_MAX_FILES: { path: ["scope", "maxFiles"], mayBeNone: false },
  AGENT_TEAM_MAX_LINES: { path: ["scope", "maxLines"], mayBeNone: false },
};

/** What the environment says of the rules, and the variables that say nothing a rule can be. */
export function readVariables(env: Readonly<Record<string, string | undefined>>): {
  overlays: VariableOverlay[];
  refusals: VariableRefusal[];
} {
  const overlays: VariableOverlay[] = [];
  const refusals: VariableRefusal[] = [];
  for (const [name, { path, mayBeNone }] of Object.entries(rulesVariables)) {
    const text = env[name]?.trim() ?? "";
    if (text === "") continue;
    const value = mayBeNone && text === "none" ? null : Number(text);
    if (value === null || /^-?\d+(\.\d+)?$/.test(text)) overlays.push({ name, path, value });
    else
      refusals.push({
        name,
        path: path.join("."),
        reason: `a number${mayBeNone ? " or none" : ""} expected`,
      });
  }
  return { overlays, refusals };
}

import { type Criterion, type Phase, type Profile, phaseSchema } from "../protocol/phase.ts";
import type { AgentType, TaskType } from "../protocol/task.ts";

/** What one phase allows and what its gate checks. */
export interface PhaseRule {
  readonly phase: Phase;
  readonly taskTypes: readonly TaskType[];
  readonly agents: readonly AgentType[];
  readonly criteria: readonly Criterion[];
}

/** The rules a run is pinned to. */
export interface Rules {
  readonly phases: readonly PhaseRule[];
  readonly profiles: Readonly<Record<Profile, readonly Phase[]>>;
  /** Most tasks one run may have. */
  readonly maxTasks: number;
  /** Sum of complexity points one run may have. */
  readonly maxComplexity: number;
  /** Least confidence with which a result counts as done. */
  readonly minConfidence: number;
}

const done: Criterion = { kind: "tasksCompleted" };

/** The rules this program ships. Data: what the phases mean is in `gate.ts` and `plan.ts`. */
export const shippedRules: Rules = {
  phases: [
    { phase: "initialization", taskTypes: [], agents: [], criteria: [done] },
    { phase: "requirements", taskTypes: [], agents: [], criteria: [done] },
    {
      phase: "research",
      taskTypes: ["research.documents", "analysis.history"],
      agents: ["research", "codebase-analyzer"],
      criteria: [done],
    },
    {
      phase: "analysis",
      taskTypes: ["analysis.code", "research.document-check"],
      agents: ["research", "codebase-analyzer"],
      criteria: [done],
    },
    { phase: "design", taskTypes: [], agents: [], criteria: [done] },
    { phase: "planning", taskTypes: [], agents: [], criteria: [done] },
    { phase: "implementation", taskTypes: [], agents: [], criteria: [done] },
    { phase: "review", taskTypes: [], agents: [], criteria: [done] },
    { phase: "verification", taskTypes: [], agents: [], criteria: [done] },
    {
      phase: "delivery",
      taskTypes: ["delivery.report"],
      agents: ["team-leader"],
      criteria: [done, { kind: "artifactExists", artifact: "report" }],
    },
  ],
  profiles: {
    full: phaseSchema.options,
    change: [
      "initialization",
      "analysis",
      "planning",
      "implementation",
      "review",
      "verification",
      "delivery",
    ],
    analysis: ["initialization", "research", "analysis", "delivery"],
  },
  maxTasks: 100,
  maxComplexity: 200,
  minConfidence: 0.1,
};

/** The rules of one phase, or undefined if the rules do not know it. */
export function phaseRule(rules: Rules, phase: Phase): PhaseRule | undefined {
  return rules.phases.find((each) => each.phase === phase);
}

import { phaseSchema } from "../protocol/phase.ts";
import type { Rules } from "../protocol/rules.ts";
import { globProblem } from "./scope.ts";

/** A fault that no schema sees. `path` leads to it from the top of the rules. */
export interface RulesFault {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** The first fault in rules that fit their schema: phases out of order, tasks their phase does not allow, globs that match nothing. */
export function checkRules(rules: Rules): RulesFault | null {
  return checkProfiles(rules) ?? checkTasks(rules) ?? checkGlobs(rules);
}

function checkProfiles({ profiles }: Rules): RulesFault | null {
  const order = phaseSchema.options;
  for (const [profile, phases] of Object.entries(profiles)) {
    for (const [index, phase] of phases.entries()) {
      const before = phases[index - 1];
      if (before === undefined || order.indexOf(before) < order.indexOf(phase)) continue;
      const path = ["profiles", profile, index];
      const reason = before === phase ? `${phase} stands twice` : `${phase} comes before ${before}`;
      return { path, reason: `${reason}; phases are walked once each, in this order: ${order.join(", ")}` };
    }
  }
  return null;
}

function checkTasks({ phases }: Rules): RulesFault | null {
  const seen = new Set<string>();
  for (const [phase, rule] of Object.entries(phases)) {
    for (const [index, task] of rule.tasks.entries()) {
      const at = ["phases", phase, "tasks", index];
      if (seen.has(task.taskId)) return { path: [...at, "taskId"], reason: `${task.taskId} stands twice` };
      seen.add(task.taskId);
      if (!rule.taskTypes.includes(task.taskType)) {
        return { path: [...at, "taskType"], reason: `${task.taskType} is not one of this phase's taskTypes` };
      }
      if (!rule.agents.includes(task.agentType)) {
        return { path: [...at, "agentType"], reason: `${task.agentType} is not one of this phase's agents` };
      }
    }
  }
  return null;
}

function checkGlobs(rules: Rules): RulesFault | null {
  const lists: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["scope", "paths"], rules.scope.paths],
    [["protected"], rules.protected],
    [["protectedTests"], rules.protectedTests],
    [["controlPlane"], rules.controlPlane],
  ];
  for (const [path, globs] of lists) {
    for (const [index, glob] of globs.entries()) {
      const problem = globProblem(glob);
      if (problem !== null) return { path: [...path, index], reason: `${JSON.stringify(glob)}: ${problem}` };
    }
  }
  return null;
}

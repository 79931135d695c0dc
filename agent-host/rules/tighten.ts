import type { Criterion, HumanRole, Phase, Profile } from "../protocol/phase.ts";
import { humanRoleSchema } from "../protocol/phase.ts";
import type { PhaseRule, Rules } from "../protocol/rules.ts";
import { isWithin } from "./scope.ts";

/** Where rules are looser than those they may only tighten. */
export interface Loosened {
  readonly tightens: false;
  /** `limits.parallel`, `phases.review.criteria`, … */
  readonly path: string;
  readonly reason: string;
}

export type TightenVerdict = { readonly tightens: true } | Loosened;

/**
 * Decides whether `workspace` allows nothing that `base` does not. Tighter or equal are: lower limits and budgets, a
 * higher least confidence, globs of the scope within the base's, longer commands, fewer hosts, task types, agents and
 * approvers, further criteria, guarded files, tasks and phases. A command that the base does not name may be named.
 */
export function tightens(base: Rules, workspace: Rules): TightenVerdict {
  return (
    checkProfiles(base, workspace) ??
    checkPhases(base, workspace) ??
    checkLimits(base, workspace) ??
    checkScope(base, workspace) ??
    checkBudget(base, workspace) ??
    checkCommands(base, workspace) ??
    checkGuards(base, workspace) ?? { tightens: true }
  );
}

const profiles = ["full", "change", "analysis"] as const satisfies readonly Profile[];

function checkProfiles(base: Rules, workspace: Rules): Loosened | null {
  for (const profile of profiles) {
    const path = `profiles.${profile}`;
    const [before, after] = [base.profiles[profile], workspace.profiles[profile]];
    const kept = after.filter((phase) => before.includes(phase));
    if (kept.join() !== before.join())
      return looser(path, `it must keep ${before.join(", ")}, in this order`);
    const added = after.filter((phase) => !before.includes(phase));
    if (added.includes("implementation")) return looser(path, "a profile that changes nothing stays so");
  }
  return null;
}

function checkPhases(base: Rules, workspace: Rules): Loosened | null {
  for (const phase of Object.keys(base.phases) as Phase[]) {
    const found = checkPhase(`phases.${phase}`, base.phases[phase], workspace.phases[phase]);
    if (found !== null) return found;
  }
  return null;
}

function checkPhase(path: string, base: PhaseRule, workspace: PhaseRule): Loosened | null {
  for (const key of ["taskTypes", "agents", "approvers"] as const) {
    const before: readonly string[] = base[key];
    const added = workspace[key].find((each) => !before.includes(each));
    if (added !== undefined)
      return looser(`${path}.${key}`, `${added} is not allowed below: ${before.join(", ")}`);
  }
  const missing = base.criteria.find((each) => !workspace.criteria.some((other) => isAsStrict(other, each)));
  if (missing !== undefined) return looser(`${path}.criteria`, `it must keep ${JSON.stringify(missing)}`);
  const lost = base.tasks.find((task) => !workspace.tasks.some((other) => isEqual(task, other)));
  return lost === undefined ? null : looser(`${path}.tasks`, `it must keep ${lost.taskId} as it is`);
}

const roles: readonly HumanRole[] = humanRoleSchema.options;
const severities = ["error", "warning", "info"];

function isAsStrict(criterion: Criterion, base: Criterion): boolean {
  if (criterion.kind === "findingsAtMost" && base.kind === "findingsAtMost") {
    // A slighter severity counts the graver ones too.
    const countsAll = severities.indexOf(criterion.severity) >= severities.indexOf(base.severity);
    return countsAll && criterion.max <= base.max;
  }
  if (criterion.kind === "humanApproval" && base.kind === "humanApproval") {
    return roles.indexOf(criterion.role) >= roles.indexOf(base.role);
  }
  return isEqual(criterion, base);
}

function checkLimits(base: Rules, workspace: Rules): Loosened | null {
  for (const [name, most] of Object.entries(base.limits)) {
    const value = workspace.limits[name as keyof Rules["limits"]];
    const path = `limits.${name}`;
    if (name === "confidence") {
      if (value < most) return looser(path, `${value} is less than ${most}`);
    } else if (value > most) {
      return looser(path, `${value} is more than ${most}`);
    }
  }
  return null;
}

function checkScope({ scope: base }: Rules, { scope }: Rules): Loosened | null {
  const wider = scope.paths.find((glob) => !isWithin(glob, base.paths));
  if (wider !== undefined) return looser("scope.paths", `${wider} reaches beyond ${base.paths.join(", ")}`);
  const command = scope.commands.find((argv) => !base.commands.some((lead) => startsWith(argv, lead)));
  if (command !== undefined) return looser("scope.commands", `${command.join(" ")} is not allowed below`);
  const host = scope.hosts.find((each) => !base.hosts.includes(each));
  if (host !== undefined) return looser("scope.hosts", `${host} is not allowed below`);
  for (const key of ["maxFiles", "maxLines"] as const) {
    if (scope[key] > base[key]) return looser(`scope.${key}`, `${scope[key]} is more than ${base[key]}`);
  }
  return null;
}

function startsWith(argv: readonly string[], lead: readonly string[]): boolean {
  return lead.every((word, index) => argv[index] === word);
}

function checkBudget({ budget: base }: Rules, { budget }: Rules): Loosened | null {
  for (const [name, most] of Object.entries(base)) {
    const value = budget[name as keyof Rules["budget"]];
    if (most === null || (value !== null && value <= most)) continue;
    return looser(`budget.${name}`, `${value === null ? "no limit" : value} is more than ${most}`);
  }
  return null;
}

function checkCommands({ commands: base }: Rules, { commands }: Rules): Loosened | null {
  for (const [name, argv] of Object.entries(base)) {
    const other = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!isEqual(other, argv)) return looser(`commands.${name}`, `it must stay ${argv.join(" ")}`);
  }
  return null;
}

function checkGuards(base: Rules, workspace: Rules): Loosened | null {
  for (const key of ["protected", "protectedTests", "controlPlane"] as const) {
    const kept = new Set(workspace[key]);
    const lost = base[key].find((glob) => !kept.has(glob) && !isWithin(glob, workspace[key]));
    if (lost !== undefined)
      return looser(key, `it must keep ${lost}; a list replaces the one below, so repeat that`);
  }
  return null;
}

/** Of parsed data: both sides have their keys in the order of the schema. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function looser(path: string, reason: string): Loosened {
  return { tightens: false, path, reason };
}

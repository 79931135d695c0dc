import type { BlobRef } from "../protocol/blob.ts";
import type { Severity, SeverityCounts } from "../protocol/finding.ts";
import type { Artifact, Criterion, Evidence, Phase } from "../protocol/phase.ts";
import type { Amount, Budget, Scope } from "../protocol/scope.ts";
import type { TaskState } from "../protocol/state/schemas.ts";
import { overspent } from "./budget.ts";

/** What became of a command that a criterion names. `unknown`: neither the rules nor the workspace say what to run. */
export type CommandFact =
  | {
      readonly kind: "ran";
      readonly exitCode: number | null;
      readonly durationMs: number;
      readonly ended: "exited" | "timeout" | "notStarted";
      /** Its output. */
      readonly detail?: BlobRef;
    }
  | { readonly kind: "unknown" };

/** The difference between the tree the run began with and the one that would be applied. Paths workspace-relative. */
export interface DiffFacts {
  readonly files: number;
  readonly lines: number;
  /** Changed files that no scope allows. */
  readonly outside: readonly string[];
  /** Changed control-plane files. */
  readonly controlPlane: readonly string[];
}

/** What a gate looks at. Plain data, gathered before: rules do no I/O. */
export interface GateFacts {
  readonly phase: Phase;
  /** The tasks of this phase; others are passed over. */
  readonly tasks: readonly TaskState[];
  /** Artifacts that were found. */
  readonly artifacts: readonly Artifact[];
  readonly commands: Readonly<Record<string, CommandFact>>;
  /** Findings reported in this phase. */
  readonly findings: SeverityCounts;
  readonly diff: DiffFacts;
  /** Changed files that fit the rules' `protected` or `protectedTests`. */
  readonly protectedFiles: readonly string[];
  readonly budget: { readonly limits: Budget; readonly spent: Amount };
  readonly scope: Pick<Scope, "maxFiles" | "maxLines">;
}

export type GateVerdict = "passed" | "failed" | "needsPerson";

/** Checks each criterion, in their order. */
export function evaluateGate(criteria: readonly Criterion[], facts: GateFacts): Evidence[] {
  return criteria.map((criterion) => ({ criterion, ...check(criterion, facts) }));
}

/** `failed` if one criterion failed for good, else `needsPerson` if one waits for a person. No evidence is a failure. */
export function gateVerdict(evidence: readonly Evidence[]): GateVerdict {
  const open = evidence.filter((each) => !each.passed);
  if (evidence.length === 0 || open.some((each) => each.needsPerson !== true)) return "failed";
  return open.length === 0 ? "passed" : "needsPerson";
}

type Outcome = Omit<Evidence, "criterion">;

function check(criterion: Criterion, facts: GateFacts): Outcome {
  switch (criterion.kind) {
    case "tasksCompleted":
      return tasksCompleted(facts);
    case "artifactExists":
      return facts.artifacts.includes(criterion.artifact)
        ? passed()
        : failed(`there is no ${criterion.artifact}`);
    case "commandPasses":
      return commandPasses(criterion.command, facts);
    case "findingsAtMost":
      return findingsAtMost(criterion.severity, criterion.max, facts.findings);
    case "diffWithinScope":
      return diffWithinScope(facts);
    case "budgetWithin":
      return budgetWithin(facts);
    case "protectedUnchanged":
      return protectedUnchanged(facts.protectedFiles.length);
    case "humanApproval":
      return needsPerson(`a person with the role ${criterion.role} decides`);
  }
}

function tasksCompleted({ phase, tasks }: GateFacts): Outcome {
  const own = tasks.filter((task) => task.phase === phase);
  const open = own.filter((task) => task.status !== "done");
  if (open.length === 0) return passed(`${own.length} of ${own.length} tasks are done`);
  const named = open.slice(0, 3).map((task) => `${task.taskId} is ${task.status}`);
  return failed(`${open.length} of ${own.length} tasks of this phase are not done: ${named.join(", ")}`);
}

function commandPasses(name: string, { commands }: GateFacts): Outcome {
  const fact = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (fact === undefined) return failed(`the command '${name}' was not run`);
  if (fact.kind === "unknown") {
    return needsPerson(
      `no command '${name}' is known in this workspace; a person decides whether to go on without`,
    );
  }
  const { exitCode, durationMs, ended, detail } = fact;
  const proof = { exitCode, durationMs, ...(detail === undefined ? {} : { detail }) };
  if (ended === "exited" && exitCode === 0) return { ...passed(`the command '${name}' passed`), ...proof };
  return { ...failed(`the command '${name}' ${howItEnded(ended, exitCode)}`), ...proof };
}

function howItEnded(ended: "exited" | "timeout" | "notStarted", exitCode: number | null): string {
  if (ended === "timeout") return "did not end within its time";
  if (ended === "notStarted") return "could not be started";
  return exitCode === null ? "was ended by a signal" : `ended with exit code ${exitCode}`;
}

const gravestFirst = ["error", "warning", "info"] as const satisfies readonly Severity[];

function findingsAtMost(severity: Severity, max: number, counts: SeverityCounts): Outcome {
  const counted = gravestFirst.slice(0, gravestFirst.indexOf(severity) + 1);
  const found = counted.reduce((sum, each) => sum + counts[each], 0);
  const words = `${found} findings of severity ${counted.join(" or ")}, ${max} allowed`;
  return found <= max ? passed(words) : failed(words);
}

function diffWithinScope({ diff, scope }: GateFacts): Outcome {
  if (diff.outside.length > 0)
    return failed(`${plural(diff.outside.length, "changed file")} outside of the scope`);
  if (diff.files > scope.maxFiles) return failed(`${diff.files} files changed, ${scope.maxFiles} allowed`);
  if (diff.lines > scope.maxLines) return failed(`${diff.lines} lines changed, ${scope.maxLines} allowed`);
  if (diff.controlPlane.length > 0) {
    return needsPerson(
      `${plural(diff.controlPlane.length, "control-plane file")} changed; a person clears each`,
    );
  }
  return passed(`${diff.files} files and ${diff.lines} lines changed`);
}

function budgetWithin({ budget }: GateFacts): Outcome {
  const over = overspent(budget);
  if (over === null) return passed();
  return failed(`${over.spent} ${over.kind} spent, ${over.limit} allowed`);
}

function protectedUnchanged(count: number): Outcome {
  if (count === 0) return passed();
  return needsPerson(`${plural(count, "protected file")} changed; a person clears each`);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function passed(reason?: string): Outcome {
  return reason === undefined ? { passed: true } : { passed: true, reason };
}

function failed(reason: string): Outcome {
  return { passed: false, reason };
}

function needsPerson(reason: string): Outcome {
  return { passed: false, needsPerson: true, reason };
}

import { readFileSync } from "node:fs";
import { layPart } from "../../agent-host/config/lay-part.ts";
import { parseRulesFile } from "../../agent-host/config/rules-file.ts";
import { reserve } from "../../agent-host/rules/budget.ts";
import { evaluateGate, gateVerdict } from "../../agent-host/rules/gate.ts";
import { checkPlan } from "../../agent-host/rules/plan.ts";
import { compileFoldedGlobs, isWithin, matchesAny } from "../../agent-host/rules/scope.ts";
import { allAgents, shippedRules, shippedRulesFile, taskSpec, taskState } from "../support/rules-fixture.ts";
import { type Measurement, median } from "./measure.ts";

const limitUs = 20;
const rounds = 25;
const callsPerRound = 2_000;

/** Measures single decisions of the rules against parsing 200 bytes of JSON. */
export async function run(): Promise<readonly Measurement[]> {
  const text = JSON.stringify({
    id: 1,
    words: "x".repeat(80),
    list: [1, 2, 3, 4, 5, 6],
    more: { a: "b".repeat(60) },
  });
  const floor = { name: `JSON.parse of ${text.length} bytes`, value: microseconds(() => JSON.parse(text)) };
  const decisions = Object.entries(decisionsOf()).map(([name, decide]) => ({
    name,
    value: microseconds(decide),
    unit: "µs",
    baseline: floor,
    limit: limitUs,
  }));
  const bytes = readFileSync(shippedRulesFile);
  const load = (): void => {
    const parsed = parseRulesFile(bytes);
    if (parsed.kind === "ok") layPart(null, parsed.value, false);
  };
  return [
    ...decisions,
    { name: "load rules.yaml", value: microseconds(load, 10) / 1_000, unit: "ms", limit: 50 },
  ];
}

function decisionsOf(): Record<string, () => unknown> {
  const rules = shippedRules();
  const existing = Array.from({ length: 99 }, (_, index) =>
    taskState({ taskId: `t-${index}`, phase: "verification", status: "done" }),
  );
  const plan = [taskSpec({ taskId: "t-new", dependsOn: [] })];
  const context = {
    rules,
    phases: rules.profiles.full,
    current: "planning" as const,
    agents: allAgents,
    existing,
    budgetComplexity: 200,
  };
  const spent = { tokens: 1_000, usd: 1, modelCalls: 10 };
  const facts = {
    phase: "verification" as const,
    tasks: existing,
    artifacts: [],
    commands: { test: { kind: "ran", exitCode: 0, durationMs: 5, ended: "exited" } as const },
    findings: { error: 0, warning: 1, info: 2 },
    diff: { files: 3, lines: 40, outside: [], controlPlane: [] },
    protectedFiles: [],
    budget: { limits: rules.budget, spent },
    scope: rules.scope,
  };
  const reserved = Object.fromEntries(
    Array.from({ length: 4 }, (_, index) => [`t-${index}/1/1`, { tokens: 100, usd: 0.1, modelCalls: 1 }]),
  );
  const budget = { limits: rules.budget, spent, reserved, warned: [], exhausted: null };
  const isControlPlane = compileFoldedGlobs(rules.controlPlane);
  return {
    "checkPlan of one task beside 99": () => checkPlan(plan, context),
    "evaluateGate of verification": () =>
      gateVerdict(evaluateGate(rules.phases.verification.criteria, facts)),
    reserve: () => reserve(budget, { tokens: 5_000, usd: 0.5, modelCalls: 1 }),
    "control-plane match, globs compiled": () => isControlPlane("src/components/button/button-group.tsx"),
    "scope match": () => matchesAny(["src/**", "test/**"], "src/components/button/button-group.tsx"),
    "scope within scope": () => isWithin("src/components/**", ["src/**", "test/**"]),
  };
}

/** Median time of one call. */
function microseconds(work: () => unknown, calls = callsPerRound): number {
  const times: number[] = [];
  for (let round = 0; round < rounds + 3; round += 1) {
    const start = performance.now();
    for (let call = 0; call < calls; call += 1) work();
    // The first rounds are the compiler's.
    if (round >= 3) times.push(((performance.now() - start) * 1_000) / calls);
  }
  return median(times);
}

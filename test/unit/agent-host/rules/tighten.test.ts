import { describe, expect, it } from "vitest";
import type { Rules } from "../../../../agent-host/protocol/rules.ts";
import { tightens } from "../../../../agent-host/rules/tighten.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";

function verdict(change: (rules: Rules) => void, base: Rules = shippedRules()): string {
  const rules = structuredClone(base);
  change(rules);
  const found = tightens(base, rules);
  return found.tightens ? "tightens" : found.path;
}

describe("tightens", () => {
  it("takes equal rules", () => {
    expect(verdict(() => undefined)).toBe("tightens");
  });

  const tighter: [string, (rules: Rules) => void][] = [
    ["a lower limit", (rules) => Object.assign(rules.limits, { parallel: 1, tasks: 5, approvalMinutes: 1 })],
    ["a higher confidence", (rules) => Object.assign(rules.limits, { confidence: 0.5 })],
    ["a narrower scope", (rules) => Object.assign(rules.scope, { paths: ["src/**"], maxFiles: 1 })],
    [
      "fewer and longer commands",
      (rules) => Object.assign(rules.scope, { commands: [["npm", "test", "--", "a"]] }),
    ],
    ["a smaller budget", (rules) => Object.assign(rules.budget, { usd: 1, tokens: 0 })],
    ["a further criterion", (rules) => rules.phases.analysis.criteria.push({ kind: "budgetWithin" })],
    [
      "a higher role",
      (rules) => rules.phases.design.criteria.splice(1, 1, { kind: "humanApproval", role: "admin" }),
    ],
    [
      "a slighter severity",
      (rules) =>
        rules.phases.review.criteria.splice(1, 1, { kind: "findingsAtMost", severity: "warning", max: 0 }),
    ],
    ["fewer approvers", (rules) => rules.phases.review.approvers.shift()],
    ["fewer agents", (rules) => rules.phases.implementation.agents.pop()],
    ["a further guarded file", (rules) => rules.protected.push("src/core/**")],
    ["a wider guard in place of another", (rules) => rules.controlPlane.splice(0, 1, "**/.git*/**")],
    ["a further phase", (rules) => rules.profiles.change.splice(1, 0, "requirements")],
    ["a command that was not named", (rules) => Object.assign(rules.commands, { test: ["npm", "test"] })],
  ];

  it.each(tighter)("takes %s", (_name, change) => {
    expect(verdict(change)).toBe("tightens");
  });

  const looser: [string, (rules: Rules) => void][] = [
    ["limits.parallel", (rules) => Object.assign(rules.limits, { parallel: 5 })],
    ["limits.confidence", (rules) => Object.assign(rules.limits, { confidence: 0 })],
    ["limits.approvalMinutes", (rules) => Object.assign(rules.limits, { approvalMinutes: 31 })],
    ["scope.maxLines", (rules) => Object.assign(rules.scope, { maxLines: 20_001 })],
    ["scope.commands", (rules) => rules.scope.commands.push(["npm"])],
    ["scope.hosts", (rules) => rules.scope.hosts.push("example.com")],
    ["budget.usd", (rules) => Object.assign(rules.budget, { usd: 20.01 })],
    ["budget.tokens", (rules) => Object.assign(rules.budget, { tokens: null })],
    ["phases.review.criteria", (rules) => rules.phases.review.criteria.pop()],
    [
      "phases.review.criteria",
      (rules) =>
        rules.phases.review.criteria.splice(1, 1, { kind: "findingsAtMost", severity: "error", max: 1 }),
    ],
    [
      "phases.design.criteria",
      (rules) => rules.phases.design.criteria.splice(1, 1, { kind: "humanApproval", role: "developer" }),
    ],
    ["phases.review.approvers", (rules) => rules.phases.review.approvers.push("developer")],
    ["phases.review.taskTypes", (rules) => rules.phases.review.taskTypes.push("implementation.code")],
    ["phases.review.agents", (rules) => rules.phases.review.agents.push("back-end-coder")],
    ["phases.planning.tasks", (rules) => rules.phases.planning.tasks.pop()],
    [
      "phases.review.tasks",
      (rules) => rules.phases.review.tasks.map((task) => Object.assign(task, { task: "x" })),
    ],
    ["profiles.change", (rules) => rules.profiles.change.splice(4, 1)],
    ["profiles.analysis", (rules) => rules.profiles.analysis.splice(3, 0, "implementation")],
    ["protected", (rules) => rules.protected.pop()],
    ["protectedTests", (rules) => Object.assign(rules, { protectedTests: [] })],
    ["controlPlane", (rules) => rules.controlPlane.shift()],
  ];

  it.each(looser)("refuses a looser %s: %#", (path, change) => {
    expect(verdict(change)).toBe(path);
  });

  it("refuses a wider scope, and another command under a name that is taken", () => {
    const base = shippedRules();
    base.scope.paths = ["src/**"];
    base.commands = { test: ["npm", "test"] };
    expect(verdict((rules) => rules.scope.paths.push("docs/**"), base)).toBe("scope.paths");
    expect(verdict((rules) => Object.assign(rules.commands, { test: ["true"] }), base)).toBe("commands.test");
    expect(verdict((rules) => Object.assign(rules, { commands: {} }), base)).toBe("commands.test");
  });
});

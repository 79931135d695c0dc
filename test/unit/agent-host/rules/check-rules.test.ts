import { describe, expect, it } from "vitest";
import type { Rules } from "../../../../agent-host/protocol/rules.ts";
import { checkRules } from "../../../../agent-host/rules/check-rules.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";

function fault(change: (rules: Rules) => void): { path: string; reason: string } | null {
  const rules = shippedRules();
  change(rules);
  const found = checkRules(rules);
  return found === null ? null : { path: found.path.join("."), reason: found.reason };
}

describe("checkRules", () => {
  it("refuses a phase that stands twice or out of order", () => {
    expect(fault((rules) => rules.profiles.change.push("delivery"))).toMatchObject({
      path: "profiles.change.7",
      reason: expect.stringMatching(/^delivery stands twice/),
    });
    expect(fault((rules) => rules.profiles.analysis.reverse())).toMatchObject({
      path: "profiles.analysis.1",
      reason: expect.stringMatching(/^analysis comes before delivery/),
    });
  });

  it("refuses a task its phase does not allow", () => {
    expect(
      fault((rules) => {
        rules.phases.planning.taskTypes = ["design.propose"];
      }),
    ).toEqual({
      path: "phases.planning.tasks.0.taskType",
      reason: "planning.plan is not one of this phase's taskTypes",
    });
    expect(
      fault((rules) => {
        rules.phases.planning.agents = ["research"];
      }),
    ).toMatchObject({ path: "phases.planning.tasks.0.agentType" });
  });

  it("refuses a task id that stands twice, in whatever phases", () => {
    const found = fault((rules) => rules.phases.delivery.tasks.push(...rules.phases.delivery.tasks));
    expect(found).toEqual({ path: "phases.delivery.tasks.1.taskId", reason: "t-report stands twice" });
  });

  it.each(["protected", "protectedTests", "controlPlane"] as const)(
    "refuses a glob of %s that matches nothing",
    (key) => {
      const found = fault((rules) => {
        rules[key] = ["a", "/etc/**"];
      });
      expect(found).toEqual({ path: `${key}.1`, reason: '"/etc/**": it is not relative to the workspace' });
    },
  );

  it("refuses a scope that leads out of the workspace", () => {
    const found = fault((rules) => {
      rules.scope.paths = ["../**"];
    });
    expect(found).toMatchObject({ path: "scope.paths.0" });
  });
});

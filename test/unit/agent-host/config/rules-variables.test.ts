import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { documentOfValue, layPart } from "../../../../agent-host/config/lay-part.ts";
import { readVariables, rulesVariables } from "../../../../agent-host/config/rules-variables.ts";
import { shippedRules, shippedRulesFile } from "../../../support/rules-fixture.ts";

describe("readVariables", () => {
  it("takes numbers, and none for a budget", () => {
    const env = {
      AGENT_TEAM_MAX_PARALLEL: " 8 ",
      AGENT_TEAM_BUDGET_USD: "none",
      AGENT_TEAM_BUDGET_TOKENS: "0",
    };
    expect(readVariables(env)).toEqual({
      overlays: [
        { name: "AGENT_TEAM_MAX_PARALLEL", path: ["limits", "parallel"], value: 8 },
        { name: "AGENT_TEAM_BUDGET_TOKENS", path: ["budget", "tokens"], value: 0 },
        { name: "AGENT_TEAM_BUDGET_USD", path: ["budget", "usd"], value: null },
      ],
      refusals: [],
    });
  });

  it.each(["abc", "1e3", "0x10", "1,5", "Infinity", "NaN", "--1", "5 USD", "1."])(
    "refuses %j by name",
    (value) => {
      expect(readVariables({ AGENT_TEAM_BUDGET_USD: value })).toEqual({
        overlays: [],
        refusals: [
          { name: "AGENT_TEAM_BUDGET_USD", path: "budget.usd", reason: "a number or none expected" },
        ],
      });
    },
  );

  it("refuses none where there is always a limit", () => {
    expect(readVariables({ AGENT_TEAM_MAX_TASKS: "none" }).refusals).toHaveLength(1);
  });

  it("takes an empty value for none at all, and passes over what it does not know", () => {
    expect(readVariables({ AGENT_TEAM_MAX_TASKS: "", AGENT_TEAM_HOME: "/x", PATH: "/bin" })).toEqual({
      overlays: [],
      refusals: [],
    });
  });

  it("is described in the file that ships, all of it", () => {
    const rows = [...readFileSync(shippedRulesFile, "utf8").matchAll(/\b(AGENT_TEAM_\w+) {2,}([\w.]+)/g)];
    const described = Object.fromEntries(rows.map(([, name, path]) => [name, path]));
    const known = Object.entries(rulesVariables).map(([name, { path }]) => [name, path.join(".")]);
    expect(described).toEqual(Object.fromEntries(known));
  });

  it.each(Object.entries(rulesVariables))(
    "knows a place that the rules have for %s",
    (_name, { path, mayBeNone }) => {
      const below = shippedRules();
      expect(layPart(below, documentOfValue(path, 1), false).kind).toBe("ok");
      expect(layPart(below, documentOfValue(path, null), false).kind).toBe(mayBeNone ? "ok" : "refused");
      expect(layPart(below, documentOfValue(path, -1), false)).toMatchObject({
        kind: "refused",
        fault: { path: path.join(".") },
      });
    },
  );
});

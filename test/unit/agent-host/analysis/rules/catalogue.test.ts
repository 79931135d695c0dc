import { expect, test } from "vitest";
import { ruleCatalogue } from "../../../../../agent-host/analysis/rules/catalogue.ts";
import { findingSchema } from "../../../../../agent-host/protocol/finding.ts";

test("every rule has an id of its own that findings may carry, and says why and what to do", () => {
  const ids = ruleCatalogue.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual([...ids].sort());
  for (const rule of ruleCatalogue) {
    expect(findingSchema.shape.ruleId.safeParse(rule.id).success, rule.id).toBe(true);
    expect(rule.why.length, rule.id).toBeGreaterThan(20);
    expect(rule.remedy.length, rule.id).toBeGreaterThan(10);
  }
});

test("lists the rules of every part", () => {
  const ids = ruleCatalogue.map(({ id }) => id);
  for (const id of [
    "structure/import-cycle",
    "security/sql-text",
    "security/python-eval",
    "security/secret-token",
    "duplication/block",
  ]) {
    expect(ids).toContain(id);
  }
});

import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { rulesJsonSchema } from "../../../../agent-host/config/rules-schema.ts";
import { shippedRulesFile } from "../../../support/rules-fixture.ts";

const shipped: unknown = JSON.parse(
  readFileSync(new URL("../../../../media/rules.schema.json", import.meta.url), "utf8"),
);
const validate = new Ajv({ strict: false }).compile(rulesJsonSchema());

describe("the JSON Schema of rules files", () => {
  it("that ships is current; `npm run rules-schema` makes it", () => {
    expect(shipped).toEqual(rulesJsonSchema());
  });

  it("accepts the rules that ship, and parts of rules", () => {
    expect(validate(parse(readFileSync(shippedRulesFile, "utf8")))).toBe(true);
    expect(validate({ limits: { parallel: 8 }, phases: { review: { approvers: ["admin"] } } })).toBe(true);
    expect(validate({})).toBe(true);
  });

  it.each([
    { limits: { paralel: 8 } },
    { phases: { testing: {} } },
    { budget: { usd: -1 } },
    { phases: { review: { criteria: [{ kind: "findingsAtMost" }] } } },
    { format: 2 },
  ])("refuses %j", (value) => {
    expect(validate(value)).toBe(false);
  });
});

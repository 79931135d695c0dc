import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { sarifReport } from "../../../../../agent-host/analysis/report/sarif-report.ts";
import { hostile, sampleAnalysis, sampleFinding, sampleInput } from "./sample-report.ts";

// The parts of SARIF 2.1.0 that this program writes, as strict as the standard: nothing beside them is allowed.
const object = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const list = (items: object) => ({ type: "array", items });
const text = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 1 };
const message = object({ text, markdown: text }, ["text"]);
const level = { enum: ["none", "note", "warning", "error"] };
const region = object({ startLine: count, startColumn: count, endLine: count, endColumn: count }, [
  "startLine",
]);
const uri = { type: "string", pattern: "^(?:[A-Za-z0-9\\-._~!$&'()*+,;=@/]|%[0-9A-F]{2})+$" };
const artifactLocation = object({ uri, uriBaseId: { const: "SRCROOT" } }, ["uri"]);
const physicalLocation = object({ artifactLocation, region }, ["artifactLocation"]);
const bag = { type: "object" };
const rule = object(
  {
    id: text,
    name: { type: "string", pattern: "^(?:[A-Z][A-Za-z0-9]*)+$" },
    shortDescription: message,
    fullDescription: message,
    help: message,
    defaultConfiguration: object({ level }),
    properties: object({
      tags: list(text),
      precision: text,
      "security-severity": { type: "string", pattern: "^\\d+\\.\\d$" },
    }),
  },
  ["id"],
);
const result = object(
  {
    ruleId: text,
    ruleIndex: { type: "integer", minimum: 0 },
    level,
    message,
    locations: list(object({ physicalLocation })),
    partialFingerprints: { type: "object", additionalProperties: text },
    relatedLocations: list(object({ id: { type: "integer", minimum: 0 }, physicalLocation, message })),
    fixes: list(
      object(
        {
          description: message,
          artifactChanges: list(
            object(
              {
                artifactLocation,
                replacements: list(
                  object({ deletedRegion: region, insertedContent: object({ text: { type: "string" } }) }, [
                    "deletedRegion",
                  ]),
                ),
              },
              ["artifactLocation", "replacements"],
            ),
          ),
        },
        ["artifactChanges"],
      ),
    ),
    properties: bag,
  },
  ["message"],
);
const time = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$" };
const run = object(
  {
    tool: object({ driver: object({ name: text, version: text, rules: list(rule) }, ["name"]) }, ["driver"]),
    automationDetails: object({ id: text }),
    invocations: list(
      object({ executionSuccessful: { type: "boolean" }, startTimeUtc: time, endTimeUtc: time }, [
        "executionSuccessful",
      ]),
    ),
    originalUriBaseIds: object({ SRCROOT: object({ uri: { type: "string", pattern: "^file:///.*/$" } }) }),
    columnKind: { const: "utf16CodeUnits" },
    results: list(result),
  },
  ["tool"],
);
const schema = object({ $schema: text, version: { const: "2.1.0" }, runs: list(run) }, ["version", "runs"]);

function checked(report: object) {
  const ajv = new Ajv({ allErrors: true, strict: false });
  const valid = ajv.validate(schema, report);
  expect(ajv.errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  return report as {
    runs: [
      { results: { [key: string]: unknown }[]; tool: { driver: { rules: { [key: string]: unknown }[] } } },
    ];
  };
}

test("it keeps to the standard with everything a finding can hold", () => {
  const range = { startLine: 2, startColumn: 1, endLine: 2, endColumn: 4 };
  const full = sampleFinding({
    file: "src/a b/#ü%.ts",
    related: [
      { file: "c:d.ts", range, note: "the other" },
      { file: "e.ts", range },
    ],
    fix: { title: "Remove", replacement: "" },
  });
  const wild = sampleFinding({
    severity: "info",
    file: hostile,
    message: hostile,
    ruleId: "structure/unused-file",
    category: "structure",
  });
  const run = {
    runId: "r-1",
    profile: "analysis",
    provider: "offline",
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 1_000,
    phases: [],
    tasks: [],
  } as const;
  const report = checked(
    sarifReport(sampleInput({ run, analysis: sampleAnalysis({ securityIssues: [full], findings: [wild] }) })),
  );
  const [first, second] = report.runs[0].results;
  expect(first).toMatchObject({
    ruleIndex: 0,
    level: "error",
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "src/a%20b/%23%C3%BC%25.ts", uriBaseId: "SRCROOT" },
          region: { startLine: 12, endColumn: 20 },
        },
      },
    ],
    relatedLocations: [{ id: 1, physicalLocation: { artifactLocation: { uri: "c%3Ad.ts" } } }, { id: 2 }],
    fixes: [{ artifactChanges: [{ replacements: [{ insertedContent: { text: "" } }] }] }],
    partialFingerprints: { "agentTeamFingerprint/v1": "0123456789abcdef0123456789abcdef" },
  });
  expect(second).toMatchObject({ ruleIndex: 1, level: "note" });
  expect(report.runs[0].tool.driver.rules).toMatchObject([
    { id: "security/eval", name: "Eval", properties: { "security-severity": "8.0" } },
    { id: "structure/unused-file", name: "UnusedFile", defaultConfiguration: { level: "note" } },
  ]);
});

test("rules have their titles; those of other makers get one from their id", () => {
  const findings = ["security/python-eval", "documents/broken-link"].map((ruleId) =>
    sampleFinding({ ruleId }),
  );
  const report = checked(sarifReport(sampleInput({ analysis: sampleAnalysis({ findings }) })));
  expect(report.runs[0].tool.driver.rules.map((each) => each.shortDescription)).toEqual([
    { text: "Code made from data" },
    { text: "Broken link" },
  ]);
});

test("it keeps to the standard with nothing found and no run", () => {
  expect(checked(sarifReport(sampleInput())).runs[0].results).toEqual([]);
});

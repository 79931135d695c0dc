import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layPart } from "../../../../agent-host/config/lay-part.ts";
import { maxRulesBytes, parseRulesFile, type RulesFault } from "../../../../agent-host/config/rules-file.ts";
import type { Rules } from "../../../../agent-host/protocol/rules.ts";
import { shippedRules, shippedRulesFile } from "../../../support/rules-fixture.ts";

const below = shippedRules();

function lay(content: string | Uint8Array, onlyTightens = false): Rules {
  const parsed = parseRulesFile(bytesOf(content));
  const laid = parsed.kind === "ok" ? layPart(below, parsed.value, onlyTightens) : parsed;
  if (laid.kind === "refused") throw new Error(JSON.stringify(laid.fault));
  return laid.value;
}

function faultOf(content: string | Uint8Array, onlyTightens = false): RulesFault {
  const parsed = parseRulesFile(bytesOf(content));
  const laid = parsed.kind === "ok" ? layPart(below, parsed.value, onlyTightens) : parsed;
  if (laid.kind === "ok") throw new Error("the file was accepted");
  return laid.fault;
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

describe("a rules file", () => {
  it("that ships is complete by itself", () => {
    const parsed = parseRulesFile(readFileSync(shippedRulesFile));
    expect(parsed.kind === "ok" && layPart(null, parsed.value, false)).toEqual({ kind: "ok", value: below });
  });

  it.each(["", "# only words\n", "---\n", "{}\n", "\ufeff{}"])(
    "that says nothing changes nothing: %j",
    (text) => {
      expect(lay(text)).toEqual(below);
    },
  );

  it("is merged key by key, and its lists replace those below", () => {
    const rules = lay(
      [
        "limits: { parallel: 8 }",
        "budget: { usd: null }",
        "commands: { test: [make, check] }",
        "phases:",
        "  review:",
        "    criteria:",
        "      - kind: tasksCompleted",
        "protected: [a.txt]",
      ].join("\n"),
    );
    expect(rules).toEqual({
      ...below,
      limits: { ...below.limits, parallel: 8 },
      budget: { ...below.budget, usd: null },
      commands: { test: ["make", "check"] },
      phases: { ...below.phases, review: { ...below.phases.review, criteria: [{ kind: "tasksCompleted" }] } },
      protected: ["a.txt"],
    });
  });

  it("may begin with a byte order mark, have Windows line ends and tabs after content", () => {
    expect(lay("\ufefflimits:\r\n  parallel: 8\t# eight\r\n").limits.parallel).toBe(8);
  });

  const wrong: [string, string | Uint8Array, Partial<RulesFault>][] = [
    [
      "an unknown key",
      "limits:\n  paralel: 3\n",
      { line: 2, column: 3, path: "limits.paralel", reason: "unknown key paralel" },
    ],
    [
      "an unknown key at the top",
      "# x\nlimit: {}\n",
      { line: 2, column: 1, path: "limit", reason: "unknown key limit" },
    ],
    [
      "an unknown phase",
      "phases:\n  testing:\n    agents: []\n",
      { line: 2, column: 3, path: "phases.testing" },
    ],
    [
      "an unknown phase in a profile",
      "profiles:\n  change:\n    - initialization\n    - coding\n",
      { line: 4, column: 7, path: "profiles.change.1" },
    ],
    [
      "a phase that stands twice",
      "profiles:\n  change: [planning, planning]\n",
      {
        line: 2,
        column: 22,
        path: "profiles.change.1",
        reason: expect.stringMatching(/^planning stands twice/),
      },
    ],
    [
      "a wrong type",
      "limits:\n  parallel: many\n",
      { line: 2, column: 3, path: "limits.parallel", reason: expect.stringContaining("expected number") },
    ],
    ["a quoted number", 'limits: { parallel: "4" }', { line: 1, column: 11, path: "limits.parallel" }],
    ["a list for a map", "limits: [1]\n", { line: 1, column: 1, path: "limits" }],
    ["nothing for a map", "limits:\n", { line: 1, column: 1, path: "limits" }],
    [
      "a negative budget",
      "budget:\n\n  usd: -1\n",
      { line: 3, column: 3, path: "budget.usd", reason: expect.stringContaining(">=0") },
    ],
    ["an endless budget", "budget: { usd: .inf }", { line: 1, path: "budget.usd" }],
    ["a budget that is no number", "budget: { usd: .nan }", { line: 1, path: "budget.usd" }],
    ["half a task", "limits: { parallel: 1.5 }", { line: 1, path: "limits.parallel" }],
    ["another format", "format: 2\n", { line: 1, path: "format" }],
    [
      "a criterion of an unknown kind",
      "phases:\n  review:\n    criteria:\n      - kind: vibes\n",
      {
        line: 4,
        column: 9,
        path: "phases.review.criteria.0.kind",
        reason: expect.stringContaining("there are tasksCompleted"),
      },
    ],
    ["no criterion", "phases: { review: { criteria: [] } }", { line: 1, path: "phases.review.criteria" }],
    [
      "a command that is a text",
      "commands:\n  test: npm test\n",
      { line: 2, column: 3, path: "commands.test", reason: expect.stringContaining("expected array") },
    ],
    [
      "a glob that leads out",
      "scope:\n  paths:\n    - ../**\n",
      { line: 3, column: 7, path: "scope.paths.0" },
    ],
    [
      "a key that stands twice",
      "limits: {}\nbudget: {}\nlimits: {}\n",
      { line: 3, column: 1, path: "", reason: "the key limits stands twice" },
    ],
    [
      "an alias",
      "limits: &a { parallel: 2 }\nbudget: *a\n",
      { line: 2, column: 9, reason: "aliases such as *a are not allowed" },
    ],
    [
      "a merge key",
      "limits:\n  <<: { parallel: 2 }\n",
      { line: 2, path: "limits.<<", reason: "unknown key <<" },
    ],
    ["a key that is no text", "limits: { 1: 2 }", { line: 1, column: 11, reason: "a key that is no text" }],
    ["a key that is a map", "? { a: 1 }\n: 2\n", { line: 1, reason: "a key that is no text" }],
    [
      "__proto__",
      "limits:\n  __proto__: { parallel: 9 }\n",
      { line: 2, column: 3, reason: "the key __proto__ is not allowed" },
    ],
    [
      "a tag",
      "limits: !!js/function 'x'\n",
      { line: 1, column: 9, reason: expect.stringMatching(/^not YAML: /) },
    ],
    ["two documents", "{}\n---\n{}\n", { line: 2, reason: expect.stringMatching(/^not YAML: /) }],
    ["a text", "just words\n", { line: 1, column: 1, reason: "the file is no map of keys and values" }],
    ["broken YAML", "limits:\n  parallel: [1\n", { line: 3, reason: expect.stringMatching(/^not YAML: /) }],
    [
      "a tab for indentation",
      "limits:\n\tparallel: 3\n",
      { line: 2, reason: expect.stringMatching(/^not YAML: /) },
    ],
    [
      "binary",
      Uint8Array.from([0x23, 0x0a, 0x00, 0x01, 0xff]),
      { line: 2, reason: "the file is no text in UTF-8" },
    ],
    [
      "Latin-1",
      Uint8Array.from([0x23, 0x0a, 0x0a, 0x61, 0xe9, 0x0a]),
      { line: 3, reason: "the file is no text in UTF-8" },
    ],
    [
      "UTF-16",
      Uint8Array.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
      { line: 1, reason: "the file is no text in UTF-8" },
    ],
    [
      "more than 256 KiB",
      "#".repeat(maxRulesBytes + 1),
      { line: null, reason: "the file has 262145 bytes, 262144 are allowed" },
    ],
  ];

  it.each(wrong)("is refused for %s, with its place", (_name, content, fault) => {
    expect(faultOf(content)).toMatchObject(fault);
  });

  it("is refused where a workspace loosens what is below, with its place", () => {
    expect(faultOf("limits:\n  tasks: 10\n  parallel: 64\n", true)).toEqual({
      ...{ line: 3, column: 3, path: "limits.parallel" },
      reason: "rules of a workspace may only tighten: 64 is more than 4",
    });
    expect(lay("limits: { parallel: 1 }", true).limits.parallel).toBe(1);
  });

  const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, index) => `b${index}: &b${index} [*a, *a]`).join("\n")}`;
  it.each([
    ["aliases that multiply", bomb],
    ["lists within lists", "[".repeat(100_000)],
    ["maps within maps", "a: {".repeat(50_000)],
    ["many keys", Array.from({ length: 25_000 }, (_, index) => `k${index}: 1`).join("\n")],
    ["one long line", `limits: "${"x".repeat(250_000)}"`],
  ])("costs little to refuse with %s", (_name, text) => {
    const start = performance.now();
    expect(faultOf(text).reason.length).toBeLessThan(401);
    // Comparing each key with each would take a minute.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("is accepted or refused, never more, whatever it holds", () => {
    const bits = [
      "limits",
      "parallel",
      ": ",
      ":",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "*a",
      "&a ",
      "'",
      '"',
      "|",
      "!!x ",
      "1",
      "-1",
      "~",
      "#",
      "\t",
      "?",
      "%",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...bits), { maxLength: 25 }), (parts) => {
        const parsed = parseRulesFile(new TextEncoder().encode(parts.join("")));
        const laid = parsed.kind === "ok" ? layPart(below, parsed.value, true) : parsed;
        expect(["ok", "refused"]).toContain(laid.kind);
        if (laid.kind === "refused") expect(laid.fault.reason).not.toBe("");
      }),
      { numRuns: 1_000 },
    );
  });
});

import { describe, expect, test } from "vitest";
import { allFindings } from "../../../../../agent-host/protocol/analysis.ts";
import { analyzeFiles, createEngine, findingsOf, withWorkspace, writeFiles } from "../analyze-files.ts";

const never = new AbortController().signal;
const branchy = (name: string, branches: number) =>
  `export function ${name}(x) {\n${Array.from({ length: branches }, (_, n) => `  if (x === ${n}) x.do${n}();`).join("\n")}\n}\n`;

describe("complexity", () => {
  test("thresholds, tables and tests", async () => {
    const files = {
      "src/a.ts": branchy("fine", 13) + branchy("much", 14) + branchy("tooMuch", 24),
      "src/a.test.ts": branchy("inTest", 40),
    };
    const { findings } = await analyzeFiles(files);
    const complex = findings.filter(({ category }) => category === "complexity");
    expect(complex.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      "warning tooMuch has 25 independent paths in 26 lines",
      "info much has 15 independent paths in 16 lines",
    ]);
  });

  test("deep nesting in an otherwise simple function", async () => {
    const text = `export function f(x) { ${"if (x) { ".repeat(6)}x();${" }".repeat(6)} }`;
    expect(await findingsOf("complexity", { "src/a.ts": text })).toEqual([
      "src/a.ts:1 f is nested 6 levels deep",
    ]);
  });
});

describe("hot spots", () => {
  test("complexity × changes, sources only", async () => {
    const files = {
      "src/a.ts": branchy("a", 70),
      "src/b.ts": branchy("b", 70),
      "test/c.test.ts": branchy("c", 90),
    };
    const { metrics, recommendations, findings } = await analyzeFiles(files, {
      "src/a.ts": 9,
      "src/b.ts": 2,
      "test/c.test.ts": 50,
    });
    expect(metrics.hotSpots).toEqual([
      { file: "src/a.ts", complexity: 71, changes: 9, score: 639 },
      { file: "src/b.ts", complexity: 71, changes: 2, score: 142 },
    ]);
    expect(findings.filter(({ ruleId }) => ruleId === "complexity/hot-spot").map(({ file }) => file)).toEqual(
      ["src/a.ts"],
    );
    expect(recommendations.join()).toContain("Simplify src/a.ts first: 71 branches, changed by 9 commits");
  });
});

describe("the summary", () => {
  test("counts files, draws folders and keeps security apart", async () => {
    const { metrics, findings, securityIssues } = await analyzeFiles({
      "src/web/a.ts": 'import "../core/b"; export const f = (x) => eval(x);\n',
      "src/core/b.ts": "export {};\n",
      "README.md": "# x\n",
    });
    expect(metrics).toMatchObject({ files: 3, imports: 1, functions: 1, maxComplexity: 1 });
    expect(metrics.folderGraph).toEqual([{ from: "src/web", to: "src/core", weight: 1 }]);
    expect(securityIssues.map(({ ruleId }) => ruleId)).toEqual(["security/code-from-text"]);
    expect(findings.some(({ category }) => category === "security")).toBe(false);
  });

  test("equal lines in one file have different fingerprints", async () => {
    const analysis = await analyzeFiles({
      "src/a.ts": "export const f = (x) => {\n  eval(x);\n  eval(x);\n};\n",
    });
    const prints = allFindings(analysis).map(({ fingerprint }) => fingerprint);
    expect(prints).toHaveLength(2);
    expect(new Set(prints).size).toBe(2);
  });
});

describe("update", () => {
  test.each([
    ["an edit", { "src/b.ts": "export const b = 2;\nexport const dead = 1;\n" }],
    ["a new file", { "src/new.ts": "export const lonely = 1;\nlonely;\nlonely;\nlonely;\n" }],
    ["a manifest", { "package.json": '{"name":"other","private":true,"main":"src/b.ts"}' }],
  ])("%s gives what a fresh run gives", async (_, edit) => {
    const files = {
      "package.json": '{"name":"app","private":true,"main":"src/a.ts"}',
      "src/a.ts": 'import { b } from "./b"; b;\n',
      "src/b.ts": "export const b = 1;\n",
    };
    await withWorkspace(files, async (root) => {
      const engine = await createEngine(root);
      await engine.analyze(() => {}, never);
      writeFiles(root, edit);
      const updated = await engine.update(Object.keys(edit), () => {}, never);
      const fresh = await (await createEngine(root)).analyze(() => {}, never);
      expect(updated).toEqual(fresh);
    });
  });
});

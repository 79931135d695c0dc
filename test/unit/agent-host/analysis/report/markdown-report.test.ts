import fc from "fast-check";
import { expect, test } from "vitest";
import { codeSpan, markdownText } from "../../../../../agent-host/analysis/report/escape.ts";
import { folderDiagram } from "../../../../../agent-host/analysis/report/folder-diagram.ts";
import { fileLink, markdownReport } from "../../../../../agent-host/analysis/report/markdown-report.ts";
import { hostile, sampleAnalysis, sampleFinding, sampleInput } from "./sample-report.ts";

const options = { linkTo: fileLink };

test("it says first that no model took part, and links each finding to its line", () => {
  const analysis = sampleAnalysis({
    securityIssues: [sampleFinding()],
    recommendations: ["Stop `eval`: 1 place"],
  });
  const text = markdownReport(sampleInput({ analysis, goal: "Find what to fix\nand more" }), options);
  const lines = text.split("\n");
  expect(lines[0]).toBe("# Find what to fix");
  expect(lines[2]).toContain("Made without a model");
  expect(text).toContain("1. Stop \\`eval\\`: 1 place");
  expect(text).toContain("- [src/a.ts:12](src/a.ts#L12) eval of text from outside  \n  `eval(body)`");
  expect(text).toContain("It runs anything.\n**Remedy:** Do not.");
});

test("a run with a model is not called one without", () => {
  const run = {
    runId: "r-1",
    profile: "full",
    provider: "scripted",
    startedAt: "2026-01-01T00:00:00Z",
    durationMs: 10,
    phases: [],
    tasks: [],
  } as const;
  const text = markdownReport(sampleInput({ run }), options);
  expect(text).not.toContain("without a model");
  expect(text).toContain("with the provider `scripted`");
});

test("what a file is called or holds never becomes markup", () => {
  const found = sampleFinding({
    file: hostile,
    message: hostile,
    evidence: hostile,
    why: hostile,
    remedy: hostile,
  });
  const analysis = sampleAnalysis({ findings: [found], recommendations: [hostile], suggestions: [hostile] });
  const text = markdownReport(sampleInput({ analysis, goal: hostile }), options);
  const outsideCode = text.replaceAll(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, "CODE");
  expect(outsideCode).not.toMatch(/<img|[^\\]\]\(javascript|https:\/\/evil/);
  expect(text).not.toMatch(/[\p{Cf}\p{Zl}]|(?!\n)\p{Cc}/u);
});

test("a code span holds any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("`", "a", "|", " ", "\n", "\\") }), (text) => {
      const span = codeSpan(text);
      if (span === "") return;
      const fence = /^`+/.exec(span)?.[0] ?? "";
      const inner = span.slice(fence.length, -fence.length);
      expect(inner.split(/[^`]+/)).not.toContain(fence);
      expect(span).not.toContain("\n");
    }),
  );
});

test("names with underscores stay readable", () => {
  expect(markdownText("_a_ my_file_name.py __init__")).toBe("\\_a\\_ my_file_name.py \\_\\_init\\_\\_");
});

test("no character of running text opens markup", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(markdownText(text)).not.toMatch(/(?<!\\)(?:\\\\)*(?:[`*[\]|~]|(?<![A-Za-z0-9\\])_)|[<>\n]/);
    }),
  );
});

test("the links of the caller are used, made safe for Markdown", () => {
  const analysis = sampleAnalysis({ findings: [sampleFinding({ file: "a (1).ts" })] });
  const text = markdownReport(sampleInput({ analysis }), {
    linkTo: (file, line) => `../ws/${file}#L${line}`,
  });
  expect(text).toContain("[a (1).ts:12](../ws/a%20%281%29.ts#L12)");
  expect(fileLink("a b/#c?.ts", 3)).toBe("a%20b/%23c%3F.ts#L3");
});

test("a route folder's brackets do not end the link", () => {
  const analysis = sampleAnalysis({ findings: [sampleFinding({ file: "app/[id]/page.tsx" })] });
  const text = markdownReport(sampleInput({ analysis }), options);
  expect(text).toContain("[app/&#91;id&#93;/page.tsx:12](app/%5Bid%5D/page.tsx#L12)");
});

test("a long list is cut and says so", () => {
  const findings = Array.from({ length: 5 }, (_, index) => sampleFinding({ file: `f${index}.ts` }));
  const text = markdownReport(sampleInput({ analysis: sampleAnalysis({ findings }) }), {
    ...options,
    maxFindings: 2,
  });
  expect(text).toContain("### Errors (5)");
  expect(text).toContain("… and 3 more.");
  expect(text).not.toContain("f2.ts");
});

test("the diagram marks cycles, escapes names and keeps to forty edges", () => {
  const edges = [
    { from: "a", to: "b", weight: 2 },
    { from: "b", to: 'c"]; x', weight: 9 },
    { from: "b", to: "a", weight: 1 },
  ];
  expect(folderDiagram(edges)).toBe(
    [
      "```mermaid",
      "flowchart LR",
      '  f0["a"]',
      '  f1["b"]',
      '  f2["c#34;#93;#59; x"]',
      "  f0 ==>|2| f1",
      "  f1 ==>|1| f0",
      "  f1 -->|9| f2",
      "  linkStyle 0,1 stroke:#d1242f,color:#d1242f",
      "```",
    ].join("\n"),
  );
  const many = Array.from({ length: 100 }, (_, index) => ({ from: "x", to: `y${index}`, weight: index + 1 }));
  expect(folderDiagram(many)?.match(/-->/g)).toHaveLength(40);
  expect(folderDiagram([])).toBeUndefined();
});

test("documents, phases, tasks and what was not read have their tables", () => {
  const base = sampleAnalysis();
  const analysis = sampleAnalysis({
    metrics: { ...base.metrics, skipped: [{ file: "big.bin", reason: "binary" }], skippedCount: 3 },
  });
  const text = markdownReport(
    sampleInput({
      analysis,
      research: {
        summary: "One document",
        documents: [{ file: "README.md", kind: "readme", title: "App", headings: [], lines: 10 }],
        facts: [{ statement: "Licence: MIT", file: "LICENSE", line: 1 }],
        findings: [],
      },
      run: {
        runId: "r-1",
        profile: "analysis",
        provider: "offline",
        startedAt: "2026-01-01T00:00:00Z",
        durationMs: 2_000,
        phases: [{ phase: "research", decision: "passed", ms: 12 }],
        tasks: [{ title: "Read | documents", agentType: "research", status: "done", ms: 5 }],
      },
    }),
    options,
  );
  for (const part of [
    "| [README.md:1](README.md#L1) | readme | App | 10 |",
    "- Licence: MIT ([LICENSE:1](LICENSE#L1))",
    "| research | passed | 12 ms |",
    "| Read \\| documents | research | done | 5 ms |",
    "- `big.bin`: binary",
    "… and 2 more.",
  ])
    expect(text).toContain(part);
});

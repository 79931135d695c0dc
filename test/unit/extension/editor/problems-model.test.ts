import { describe, expect, it } from "vitest";
import type { Finding } from "../../../../agent-host/protocol/finding.ts";
import { isInside, problemsByFile } from "../../../../extension/editor/problems-model.ts";

function finding(more: Partial<Finding>): Finding {
  return {
    ruleId: "structure/import-cycle",
    category: "structure",
    severity: "warning",
    file: "src/a.ts",
    range: { startLine: 12, startColumn: 5, endLine: 12, endColumn: 9 },
    message: "2 files load each other in a circle",
    evidence: "a → b → a",
    why: "",
    remedy: "Move what both need into a third file",
    related: [],
    fingerprint: "0".repeat(32),
    ...more,
  };
}

describe("problemsByFile", () => {
  it("counts lines and columns from 0, as the editor does", () => {
    const [problem] = problemsByFile([finding({})], 10, "Also here").get("src/a.ts") ?? [];
    expect(problem?.range).toEqual({ startLine: 11, startCharacter: 4, endLine: 11, endCharacter: 8 });
  });

  it("says what is wrong and what to do", () => {
    const [problem] = problemsByFile([finding({})], 10, "Also here").get("src/a.ts") ?? [];
    expect(problem?.message).toBe(
      "2 files load each other in a circle. Move what both need into a third file",
    );
  });

  it("names related places, with their notes where they have any", () => {
    const range = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };
    const related = [
      { file: "src/b.ts", range },
      { file: "src/c.ts", range, note: "loads it" },
    ];
    const [problem] = problemsByFile([finding({ related })], 10, "Also here").get("src/a.ts") ?? [];
    expect(problem?.related.map(({ file, message }) => [file, message])).toEqual([
      ["src/b.ts", "Also here"],
      ["src/c.ts", "loads it"],
    ]);
  });

  it("keeps the worst when there are too many", () => {
    const findings = [
      finding({ severity: "info", file: "i" }),
      finding({}),
      finding({ severity: "error", file: "e" }),
    ];
    expect([...problemsByFile(findings, 2, "").keys()]).toEqual(["e", "src/a.ts"]);
  });

  it("opens nothing outside the folder", () => {
    const findings = ["../secret", "/etc/passwd", "C:\\x", "a/../../b"].map((file) => finding({ file }));
    expect(problemsByFile(findings, 10, "").size).toBe(0);
  });
});

describe("isInside", () => {
  it("is true for names with dots that lead nowhere else", () => {
    expect(isInside("src/..hidden/a..b.ts")).toBe(true);
  });
});

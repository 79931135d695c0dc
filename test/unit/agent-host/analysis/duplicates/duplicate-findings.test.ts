import { describe, expect, test } from "vitest";
import { analyzeFiles, findingsOf } from "../analyze-files.ts";

const block = (name: string) => `
export function ${name}(orders, rates) {
  const totals = new Map();
  for (const order of orders) {
    if (!order.paid || order.lines.length === 0) continue;
    let sum = 0;
    for (const line of order.lines) {
      sum += line.price * line.count * (rates[line.currency] ?? 1);
    }
    const before = totals.get(order.customer) ?? 0;
    totals.set(order.customer, before + sum);
    console.log("order", order.id, sum);
  }
  return [...totals].sort((a, b) => b[1] - a[1]);
}
`;

describe("copied code", () => {
  test("is found across files, whatever the layout, comments and literals", async () => {
    const copy = block("sums")
      .replaceAll("\n", "\n\n")
      .replace('"order"', "'other'")
      .replace("let sum", "/* here */ let sum");
    const found = await findingsOf("duplication", {
      "src/a.ts": block("totals"),
      "src/b.ts": `// licence\n${copy}`,
    });
    expect(found).toEqual([expect.stringMatching(/^src\/a\.ts:2 \d+ lines are repeated in src\/b\.ts:\d+$/)]);
  });

  test("is found inside one file, and many copies are one finding", async () => {
    const found = await findingsOf("duplication", {
      "src/a.ts": block("x") + block("y"),
      "src/b.ts": block("z"),
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("repeated in 2 other places");
  });

  test.each([
    ["imports", Array.from({ length: 40 }, (_, n) => `import { a${n}, b${n} } from "./m${n}";`).join("\n")],
    [
      "data",
      `export const table = [\n${Array.from({ length: 60 }, (_, n) => `{ id: ${n}, name: "n", list: [1, 2] },`).join("\n")}\n];`,
    ],
    [
      "types",
      `export interface T {\n${Array.from({ length: 60 }, (_, n) => `f${n}: Map<string, number>;`).join("\n")}\n}`,
    ],
    ["repetition", `export function f(x) {\n${"x.add(1).add(2).add(3);\n".repeat(60)}}`],
  ])("%s do not count", async (_, text) => {
    expect(await findingsOf("duplication", { "src/a.ts": text, "src/b.ts": text })).toEqual([]);
  });

  test.each([
    ["a script built beside its source", "src/a.js", "src/a.ts"],
    ["drawings", "src/icons/a.tsx", "src/icons/b.tsx"],
  ])("%s does not count", async (_, one, other) => {
    expect(await findingsOf("duplication", { [one]: block("x"), [other]: block("x") })).toEqual([]);
  });

  test("tests are told quietly and not counted", async () => {
    const files = { "src/a.test.ts": block("a"), "src/b.test.ts": block("b") };
    const { findings, metrics } = await analyzeFiles(files);
    expect(findings.map(({ severity }) => severity)).toEqual(["info"]);
    expect(metrics.duplicatedLines).toBe(0);
  });
});

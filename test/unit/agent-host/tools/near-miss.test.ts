import { describe, expect, it } from "vitest";
import { explainMissing } from "../../../../agent-host/tools/near-miss.ts";

const file = [
  "import { x } from './x';",
  "",
  "\tfunction add(a: number, b: number) {",
  "\t\treturn a + b; // it’s “done” <b>",
  "\t}",
  "const last = 1;",
  "",
].join("\n");

describe("explainMissing", () => {
  it.each([
    ["    function add(a: number, b: number) {", "The indentation differs (the file has tabs, yours spaces)"],
    ["12\tconst last = 1;", "without the line numbers"],
    ["     6→const last = 1;", "without the line numbers"],
    ["\tfunction add(a: number, b: number) {\\n\\t\\treturn", "real line ends and quotes"],
    ["const last = 1;  \n", "without the blanks at the ends"],
    ["\n\nconst last = 1;\n\n\n", "without the empty lines around it or the blanks at its end (line 6)"],
    ['// it\'s "done"', "only look alike"],
    ["// it’s “done” &lt;b&gt;", "where yours has &lt;"],
    ["Const Last = 1;", "Capitals differ"],
    ['import { x } from "./x";', "Quotes differ"],
    ["const last=1;", "Blanks differ"],
    ["const last = 2;", 'the file has\n  "const last = 1;"\nand yours\n  "const last = 2;"'],
    ["wholly other words here", "nothing in the file is like it"],
  ])("says what is wrong with %j", (piece, words) => {
    expect(explainMissing(file, piece, "new")).toContain(words);
  });

  it("says where the change seems to be made already", () => {
    expect(explainMissing(file, "const last = 0;", "const last = 1;")).toContain("already is, on line 6");
  });

  it("is quick on megabytes, also where every line is much alike", () => {
    const big = Array.from(
      { length: 60_000 },
      (_, n) => `  const value${n} = compute(value, ${n}); // a line`,
    ).join("\n");
    const startedAt = performance.now();
    expect(
      explainMissing(big, "  const value777 = compute(value, 777); // a  line\n  const other", "x"),
    ).toContain("const value777 = compute(value, 777)");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it.each([
    `x${" ".repeat(300_000)}y`,
    `\n${" \n".repeat(100_000)}${" ".repeat(300_000)}y`,
    `${"1".repeat(300_000)}y`,
  ])("is quick on rows of blanks and digits without end", (piece) => {
    const startedAt = performance.now();
    explainMissing(`${" ".repeat(1_000_000)}x`, piece, "z");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

import { describe, expect, test } from "vitest";
import { analyzeFiles, findingsOf } from "../analyze-files.ts";

const cycle = "structure/import-cycle";

describe("import cycles", () => {
  test("one finding per component, with a shortest circle", async () => {
    const files = {
      "src/a.ts": 'import { b } from "./b"; export const a = () => b();',
      "src/b.ts": 'import { c } from "./c"; import { a } from "./a"; export const b = () => c() ?? a();',
      "src/c.ts": 'import { a } from "./a"; export const c = () => a();',
    };
    expect(await findingsOf(cycle, files)).toEqual([
      "src/a.ts:1 2 files load each other in a circle; 3 files are entangled in all",
    ]);
  });

  test.each([
    ["type-only", 'import type { A } from "./a"; export type B = A;'],
    ["inline types", 'import { type A } from "./a"; export type B = A;'],
    [
      "names used as types only, which the compiler drops",
      'import { A } from "./a"; export const b = (x: A) => x;',
    ],
    ["import()", 'export const b = async () => await import("./a");'],
    ["require in a function", 'export function b() { return require("./a"); }'],
    ["re-exported types", 'export { Shape } from "./a"; export const b = 1;'],
  ])("%s close no circle", async (_, text) => {
    const files = {
      "src/a.ts": 'import { b } from "./b"; export class A { x = b; }\nexport interface Shape { x: 1 }',
      "src/b.ts": text,
    };
    expect(await findingsOf(cycle, files)).toEqual([]);
  });

  test("names what is read too early, through a barrel", async () => {
    const files = {
      "src/base.ts": 'import { Child } from "./index"; export class Base { make() { return new Child(); } }',
      "src/child.ts": 'import { Base } from "./index"; export class Child extends Base {}',
      "src/index.ts": 'export * from "./base"; export * from "./child";',
    };
    expect((await findingsOf(cycle, files))[0]).toContain(
      "src/child.ts uses Base from src/index.ts while loading",
    );
  });

  test("a function declaration is there before its file has run", async () => {
    const files = {
      "src/a.ts": 'import { b } from "./b"; export const value = b(); export const a = 1;',
      "src/b.ts": 'import { a } from "./a"; export function b() { return a; }',
    };
    expect((await findingsOf(cycle, files))[0]).not.toContain("while loading");
  });

  test("Python packages: a submodule is not its package", async () => {
    const files = {
      "pkg/__init__.py": "from . import one\n",
      "pkg/one.py": "from . import two\n",
      "pkg/two.py": "from .one import x\n",
    };
    expect(await findingsOf(cycle, files)).toEqual(["pkg/one.py:1 2 files load each other in a circle"]);
  });

  test("the other steps are related places", async () => {
    const { findings } = await analyzeFiles({
      "src/a.ts": 'import { b } from "./b"; export const a = () => b();',
      "src/b.ts": '\nimport { a } from "./a"; export const b = () => a();',
    });
    const found = findings.find(({ ruleId }) => ruleId === cycle);
    expect(found?.related).toMatchObject([{ file: "src/b.ts", range: { startLine: 2 } }]);
    expect(found?.evidence).toBe("src/a.ts → src/b.ts → src/a.ts");
  });
});

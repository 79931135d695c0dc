import { describe, expect, test } from "vitest";
import type { FileFacts } from "../../../../../agent-host/analysis/file-facts.ts";
import { typescriptAnalyzer } from "../../../../../agent-host/analysis/typescript/typescript-analyzer.ts";

describe("functions", () => {
  test.each([
    ["no branch", "function f() { return 1; }", 1],
    ["if, else if, else", "function f(a) { if (a) {} else if (!a) {} else {} }", 3],
    ["loops", "function f(a) { for (;;) {} for (const x of a) {} while (a) {} do {} while (a); }", 5],
    [
      "switch without default",
      "function f(a) { switch (a) { case 1: return 1; case 2: return 2; default: return 3; } }",
      3,
    ],
    ["logical operators", "const f = (a, b) => (a && b) || (a ?? b) || (a ? 1 : 2);", 6],
    ["logical assignment", "function f(a) { a ||= 1; a ??= 2; a &&= 3; }", 4],
    ["catch", "function f() { try { g(); } catch { h(); } }", 2],
    ["optional chaining is no branch", "function f(a) { return a?.b?.c; }", 1],
  ])("%s", (_, text, complexity) => {
    expect(factsOf(text).functions.map((fact) => fact.complexity)).toEqual([complexity]);
  });

  test("nested functions count for themselves and are named after their place", () => {
    const { functions } = factsOf(
      "class Store { load = () => { list.map((x) => x || 1); }; get size() { return 1; } constructor() {} }\nconst api = { run() {} };\nconst Box = memo(() => 1);",
    );
    expect(functions.map(({ name, complexity }) => `${name} ${complexity}`)).toEqual([
      "function in load 2",
      "load 1",
      "Store.size 1",
      "Store.constructor 1",
      "run 1",
      "Box 1",
    ]);
  });

  test("else-if ladders are not deep, nested blocks are", () => {
    const { functions } = factsOf(
      "function flat(a) { if (a) {} else if (a) {} else if (a) {} }\nfunction deep(a) { if (a) { for (;;) { while (a) {} } } }",
    );
    expect(functions.map(({ maxNesting }) => maxNesting)).toEqual([1, 3]);
  });

  test("a lookup written as a switch is told apart", () => {
    const cases = Array.from({ length: 30 }, (_, n) => `case ${n}: return "${n}";`).join("\n");
    const [fact] = factsOf(`function nameOf(n) { switch (n) { ${cases} } }`).functions;
    expect(fact).toMatchObject({ complexity: 31, tableLike: true });
  });
});

describe("imports and exports", () => {
  test("knows what is taken, how and when", () => {
    const { imports } = factsOf(`
      import def, { a as b, type T } from "./one";
      import * as all from "./two";
      export { x as y } from "./three";
      import("./four");
      const { p, q: r } = require("./five");
      try { require("./six"); } catch {}
      type Z = import("./seven").Q;
      class C extends b {}
      all.use(def);
    `);
    expect(imports.map(({ specifier, names }) => `${specifier} ${names.join()}`)).toEqual([
      "./one default,a,T",
      "./two *",
      "./three x",
      "./four *",
      "./five p,q",
      "./six *",
      "./seven Q",
    ]);
    const flags = (n: number) => imports[n];
    expect(flags(0)).toMatchObject({ typeOnly: false, deferred: false, usedAtLoad: ["a", "default"] });
    expect(flags(2)).toMatchObject({ reExport: true, exportedAs: ["y"] });
    expect(flags(3)).toMatchObject({ deferred: true });
    expect(flags(4)).toMatchObject({ deferred: false });
    expect(flags(5)).toMatchObject({ optional: true });
    expect(flags(6)).toMatchObject({ typeOnly: true });
  });

  test("an import in plain JavaScript is never dropped", () => {
    const text = 'import { A } from "./a"; export const b = 1;';
    expect(factsOf(text, "x.ts").imports[0]?.typeOnly).toBe(true);
    expect(factsOf(text, "x.js").imports[0]?.typeOnly).toBe(false);
  });

  test("lists exports with their kind and their use at home", () => {
    const { exports } = factsOf(`
      export const [a, { b }] = [1, { b: 2 }];
      export interface I {}
      export default class K {}
      function f() {} export { f as g };
      export function over(x: string): void; export function over(x: number): void; export function over() { f(); }
      a;
    `);
    expect(exports.map(({ name, kind, usedLocally }) => `${name} ${kind} ${usedLocally}`)).toEqual([
      "a value true",
      "b value false",
      "I type false",
      "default value false",
      "g value true",
      "over value false",
    ]);
  });

  test("what CommonJS exports is not guessed", () => {
    expect(factsOf("exports.a = 1; module.exports.b = 2;", "x.cjs")).toMatchObject({
      exports: [],
      traits: ["commonjs"],
    });
  });
});

describe("any text", () => {
  test.each([
    ["a syntax error", "export const = ;\nexport function later() {}", "1:14"],
    ["brackets nested 100,000 deep", `x = ${"[".repeat(100_000)}`, "nested too deeply"],
  ])("survives %s", (_, text, problem) => {
    expect(factsOf(text).parseProblem).toContain(problem);
  });

  test("places count from 1", () => {
    expect(factsOf('\n  import "./a";').imports[0]?.range).toEqual({
      startLine: 2,
      startColumn: 10,
      endLine: 2,
      endColumn: 15,
    });
  });
});

function factsOf(text: string, path = "src/x.ts"): FileFacts {
  return typescriptAnalyzer.analyze({ path, text, bytes: text.length, language: "typescript" });
}

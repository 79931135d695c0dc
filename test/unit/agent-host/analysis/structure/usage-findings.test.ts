// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are programs
import { describe, expect, test } from "vitest";
import { findingsOf } from "../analyze-files.ts";

const manifest =
  '{"name":"app","private":true,"main":"dist/main.js","scripts":{"seed":"node src/seed.js --all"}}';
const lonely =
  "export const one = 1;\nexport const two = 2;\nexport const three = 3;\nexport const four = 4;\n";

describe("unreached files", () => {
  test("what no entry point leads to is reported", async () => {
    const files = {
      "package.json": manifest,
      "src/main.ts": 'import "./used";',
      "src/used.ts": lonely,
      "src/seed.js": lonely,
      "src/dead.ts": lonely,
    };
    expect(await findingsOf("structure/unreached", files)).toEqual([
      "src/dead.ts:1 Nothing leads to this file: no import, entry point, script or configuration",
    ]);
  });

  test.each([
    ["a worker named by its path", { "src/main.ts": 'new Worker(new URL("./dead.ts", import.meta.url));' }],
    ["a glob of modules", { "src/main.ts": 'import.meta.glob("./*.ts");' }],
    ["a page", { "index.html": '<script type="module" src="/src/dead.ts"></script>' }],
    ["a workflow", { ".github/workflows/x.yml": "jobs:\n  a:\n    steps:\n      - run: node src/dead.ts\n" }],
    ["a component", { "src/App.vue": '<script setup>\nimport { one } from "./dead";\n</script>' }],
    ["a test", { "src/dead.test.ts": 'import { one } from "./dead"; one;' }],
    ["a template", { "src/main.ts": "const name = process.argv[2]; await import(`./${name}.ts`);" }],
    ["a shebang", { "src/dead.ts": `#!/usr/bin/env node\n${lonely}` }],
    ["a page by its address", { "src/dead.ts": "export {};", "public/js/sw.js": lonely }],
    [
      "an import of its declarations",
      {
        "src/main.ts": 'import "./lib/part";',
        "src/dead.ts": "export {};",
        "src/lib/part/index.d.ts": "export const one: number;",
        "src/lib/part/index.js": lonely,
      },
    ],
    ["a decorated class", { "src/dead.ts": `@Injectable()\nexport class Service {}\n${lonely}` }],
  ])("%s reaches a file", async (_, more) => {
    const files = { "package.json": manifest, "src/main.ts": "export {};", "src/dead.ts": lonely, ...more };
    expect(await findingsOf("structure/unreached", files)).toEqual([]);
  });

  test("where no entry point is known nothing is called unreached", async () => {
    const files = { "package.json": '{"name":"x"}', "src/parts/a.ts": lonely, "src/parts/b.ts": lonely };
    expect(await findingsOf("structure/un", files)).toEqual([]);
  });

  test("pages of a framework are entry points", async () => {
    const files = {
      "package.json": '{"name":"site","private":true,"dependencies":{"next":"15"}}',
      "app/blog/page.tsx":
        'import { one } from "../../lib/x"; export default function Page() { return one; }',
      "lib/x.ts": "export const one = 1;\n",
    };
    expect(await findingsOf("structure/un", files)).toEqual([]);
  });
});

describe("unused exports", () => {
  const main = { "package.json": manifest };

  test("follows barrels, renames, namespaces and destructured loading", async () => {
    const files = {
      ...main,
      "src/main.ts":
        'import { renamed } from "./barrel"; import * as all from "./whole"; const { lazy } = await import("./lazy"); renamed; all; lazy;',
      "src/barrel.ts": 'export { inner as renamed } from "./inner"; export * from "./star";',
      "src/inner.ts": "export const inner = 1;\nexport const dead = 2;",
      "src/star.ts": "export const shadow = 1;",
      "src/whole.ts": "export const any = 1;",
      "src/lazy.ts": "export const lazy = 1;\nexport const eager = 2;",
    };
    expect(await findingsOf("structure/unused-export", files)).toEqual([
      "src/inner.ts:2 dead is exported but nothing uses it",
      "src/lazy.ts:2 eager is exported but nothing uses it",
      "src/star.ts:1 shadow is exported but nothing uses it",
    ]);
  });

  test("what an entry point exports is used by definition", async () => {
    const files = {
      ...main,
      "src/main.ts": 'export const api = 1; export { deep } from "./deep";',
      "src/deep.ts": "export const deep = 1;",
    };
    expect(await findingsOf("structure/unused-export", files)).toEqual([]);
  });

  test("an exported type used beside it is its function's business", async () => {
    const files = {
      ...main,
      "src/main.ts": 'import { run } from "./run"; run({});',
      "src/run.ts":
        "export interface Options {}\nexport function run(options: Options) { return helper(options); }\nexport function helper(o: Options) { return o; }",
    };
    expect(await findingsOf("structure/unused-export", files)).toEqual([
      "src/run.ts:3 helper is exported but only this file uses it",
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { findingsOf } from "../analyze-files.ts";

const app = {
  "package.json":
    '{"name":"app","dependencies":{"left-pad":"1.0.0"},"devDependencies":{"@types/estree":"1"}}',
};

describe("unresolved imports", () => {
  test("a relative import of nothing is reported at its place", async () => {
    expect(
      await findingsOf("structure/unresolved", { ...app, "src/a.ts": '\nimport "./absent.js";' }),
    ).toEqual(["src/a.ts:2 ./absent.js leads to no file"]);
  });

  test.each([
    ["a .js specifier for a .ts source", '"./b.js"'],
    ["a folder with an index", '"./lib"'],
    ["JSON", '"./data.json"'],
    ["a style sheet", '"./x.css"'],
    ["a query", '"./b.ts?raw"'],
    ["a virtual module", '"virtual:pwa"'],
    ["a builtin", '"fs/promises"'],
    ["a built file that git ignores", '"./generated-by-build/client.js"'],
    ["a path outside the root", '"../../other/x.js"'],
  ])("%s is accepted", async (_, specifier) => {
    const files = {
      ...app,
      ".gitignore": "generated-by-build/\n",
      "src/a.ts": `import ${specifier};`,
      "src/b.ts": "export const b = 1;",
      "src/lib/index.tsx": "export {};",
      "src/data.json": "{}",
    };
    expect(await findingsOf("structure/unresolved", files)).toEqual([]);
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
  });

  test("an optional require may fail", async () => {
    const files = { ...app, "src/a.js": 'try { require("./maybe"); } catch {}' };
    expect(await findingsOf("structure/unresolved", files)).toEqual([]);
  });
});

describe("path aliases", () => {
  const target = { "packages/web/src/ui/button.ts": "export const button = 1;" };

  test("the nearest configuration wins, extends and comments included", async () => {
    const files = {
      ...app,
      ...target,
      "tsconfig.json": '{"compilerOptions":{"paths":{"~ui/*":["./nowhere/*"]}}}',
      "packages/web/tsconfig.json": '{ // shared\n "extends": "./base.json", }',
      "packages/web/base.json": '{"compilerOptions":{"baseUrl":".","paths":{"~ui/*":["src/ui/*"]}}}',
      "packages/web/src/a.ts": 'import { button } from "~ui/button"; button;',
      "packages/web/src/b.ts": 'import { button } from "src/ui/button"; button;',
    };
    expect(await findingsOf("structure/unresolved", files)).toEqual([]);
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
  });

  test("a referenced configuration beside the main one counts", async () => {
    const files = {
      ...app,
      "tsconfig.json": '{"references":[{"path":"./tsconfig.app.json"}]}',
      "tsconfig.app.json": '{"compilerOptions":{"paths":{"app-*":["./src/app-*.ts"]}}}',
      "src/app-core.ts": "export {};",
      "src/a.ts": 'import "app-core";',
    };
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
  });
});

describe("packages", () => {
  test("an undeclared package is reported once per file, a declared one never", async () => {
    const files = {
      ...app,
      "src/a.ts":
        'import "right-pad"; import "right-pad/x"; import "left-pad"; import type {} from "estree";',
    };
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([
      "src/a.ts:1 right-pad is imported but declared in no package.json around this file",
      "src/a.ts:1 right-pad is imported but declared in no package.json around this file",
    ]);
  });

  test("without any manifest nothing is called undeclared", async () => {
    expect(await findingsOf("dependencies/undeclared", { "src/a.ts": 'import "right-pad";' })).toEqual([]);
  });

  test("members of the workspace resolve through exports, imports and built paths", async () => {
    const files = {
      "package.json": '{"name":"root","private":true,"workspaces":["packages/*"]}',
      "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n",
      "packages/core/package.json":
        '{"name":"@x/core","exports":{".":{"types":"./dist/index.d.ts","import":"./dist/index.js"},"./util/*":"./dist/util/*.js"},"imports":{"#inner/*":"./src/inner/*.ts"}}',
      "packages/core/src/index.ts": 'import { used } from "#inner/deep"; export const core = used;',
      "packages/core/src/inner/deep.ts": "export const used = 1;\nexport const unused = 2;",
      "packages/core/src/util/text.ts": "export const text = 1;",
      "packages/app/package.json": '{"name":"@x/app","private":true,"main":"src/main.ts"}',
      "packages/app/src/main.ts":
        'import { core } from "@x/core"; import { text } from "@x/core/util/text"; core; text;',
    };
    expect(await findingsOf("structure/unresolved", files)).toEqual([]);
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
    expect(await findingsOf("structure/unused-export", files)).toEqual([
      "packages/core/src/inner/deep.ts:2 unused is exported but nothing uses it",
    ]);
  });

  test("an alias of the bundler is no package", async () => {
    const files = {
      ...app,
      "vite.config.ts": 'export default { resolve: { alias: { components: "/src/c" } } };',
      "src/a.ts": 'import "components/button"; import "@/x"; import "~/y";',
    };
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
  });
});

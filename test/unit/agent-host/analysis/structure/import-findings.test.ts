import { describe, expect, test } from "vitest";
import { analyzeFiles, findingsOf } from "../analyze-files.ts";

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
  test("an undeclared package is reported once, a declared one never", async () => {
    const files = {
      ...app,
      "src/a.ts":
        'import "right-pad"; import "right-pad/x"; import "left-pad"; import type {} from "estree";',
    };
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([
      "src/a.ts:1 right-pad is imported but declared in no package.json around this file",
    ]);
  });

  test("several files with an undeclared package are one finding with the other places", async () => {
    const files = {
      ...app,
      "src/a.ts": 'import type {} from "right-pad";',
      "src/b.ts": 'import "right-pad";',
      "src/c.ts": 'import "right-pad/x";',
    };
    const { findings } = await analyzeFiles(files);
    expect(findings.filter(({ ruleId }) => ruleId === "dependencies/undeclared")).toMatchObject([
      {
        file: "src/b.ts",
        severity: "warning",
        message: "right-pad is imported in 3 files but declared in no package.json around them",
        related: [{ file: "src/a.ts" }, { file: "src/c.ts" }],
      },
    ]);
  });

  test("what a sibling declares or a declared package brings is only noted", async () => {
    const files = {
      "package.json": '{"name":"root","private":true,"workspaces":["packages/*"]}',
      "packages/a/package.json": '{"name":"a","dependencies":{"clsx":"1","@visx/axis":"1"}}',
      "packages/a/src/a.ts": 'import "@visx/scale"; import "clsx";',
      "packages/b/package.json": '{"name":"b","main":"src/b.ts"}',
      "packages/b/src/b.ts": 'import "clsx";',
    };
    const { findings } = await analyzeFiles(files);
    expect(findings.filter(({ ruleId }) => ruleId === "dependencies/undeclared")).toMatchObject([
      {
        severity: "info",
        message:
          "@visx/scale is imported but declared in no package.json around this file; it comes along with @visx/axis at best",
      },
      {
        severity: "info",
        message:
          "clsx is imported but declared in no package.json around this file; only packages/a/package.json declares it",
      },
    ]);
  });

  test("names that Docusaurus defines lead into the site", async () => {
    const files = {
      ...app,
      "site/package.json": '{"name":"site","dependencies":{"@docusaurus/core":"3"}}',
      "site/src/pages/index.tsx":
        'import "@site/src/box"; import "@theme/Layout"; import "@docusaurus/Link"; import "@generated/x";',
      "site/src/box.ts": "export const box = 1; export const other = box;",
    };
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
    expect(await findingsOf("structure/unreached", files)).toEqual([]);
  });

  test("what tests read may be broken", async () => {
    const files = { ...app, "tests/input/a.js": 'import "./none"; import "nobody"; let =;' };
    expect(await findingsOf("structure/", files)).toEqual([]);
    expect(await findingsOf("dependencies/undeclared", files)).toEqual([]);
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

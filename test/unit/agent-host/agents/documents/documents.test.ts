import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkDocuments } from "../../../../../agent-host/agents/documents/check-documents.ts";
import { documentKindOf } from "../../../../../agent-host/agents/documents/document-kinds.ts";
import { licenceOf } from "../../../../../agent-host/agents/documents/licence-text.ts";
import { readDocuments } from "../../../../../agent-host/agents/documents/read-documents.ts";
import { researchResultSchema } from "../../../../../agent-host/protocol/analysis.ts";
import { findingSchema } from "../../../../../agent-host/protocol/finding.ts";

const { signal } = new AbortController();
const mit = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n";
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "agent-team-documents-"));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string | Uint8Array>): Promise<string[]> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return Object.keys(files);
}

async function drift(files: Record<string, string>): Promise<string[]> {
  const paths = await write(files);
  const found = await checkDocuments({ root, paths }, signal);
  for (const each of found) findingSchema.parse(each);
  return found.map(
    (each) =>
      `${each.severity} ${each.ruleId.split("/")[1]} ${each.file}:${each.range.startLine} ${each.evidence}`,
  );
}

test.each([
  ["README.md", "readme"],
  ["packages/a/readme.rst", "readme"],
  ["ARCHITECTURE.md", "architecture"],
  ["docs/adr/0001-use-x.md", "decision"],
  ["AGENTS.md", "agents"],
  ["LICENSE", "licence"],
  ["LICENSE-MIT.txt", "licence"],
  [".github/CONTRIBUTING.md", "contributing"],
  ["CHANGES.rst", "changelog"],
  ["docs/a/guide.mdx", "guide"],
  ["src/a.ts", undefined],
  ["test/fixtures/README.md", undefined],
  ["templates/x/README.md", undefined],
  ["requirements.txt", undefined],
])("%s is a document of kind %s", (path, kind) => {
  expect(documentKindOf(path)).toBe(kind);
});

test.each([
  [mit, "MIT"],
  ["Apache License\n                           Version 2.0, January 2004", "Apache-2.0"],
  ["GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007", "GPL-3.0"],
  ["Redistribution and use in source and binary forms, with …\nNeither the name of", "BSD-3-Clause"],
  ["All rights reserved.", undefined],
])("a licence is told by its text: %#", (text, id) => {
  expect(licenceOf(text)).toBe(id);
});

describe("readDocuments", () => {
  test("gives titles, headings and facts with their lines", async () => {
    const paths = await write({
      "README.md":
        "<!-- hidden -->\n[![badge](b.svg)](x)\n# My *App*\n\n![shot](s.png)\n\n**Does one thing well for [you](x).** And more.\n\n## Install\n\n```sh\n$ pnpm install\n# not a heading\npnpm test\n```\n\nSetext\n------\n",
      "package.json":
        '{\n  "license": "MIT",\n  "engines": { "node": ">=20" },\n  "scripts": {\n    "build": "tsc",\n    "test": "vitest"\n  }\n}\n',
      "pnpm-lock.yaml": "",
      ".python-version": "3.12\n",
      LICENSE: mit,
      "docs/adr/0001.md": "---\ntitle: From front matter\n---\ntext\n",
    });
    const result = await readDocuments({ root, paths }, signal);
    researchResultSchema.parse(result);
    expect(result.documents.map(({ file, kind, title, headings }) => [file, kind, title, headings])).toEqual([
      ["LICENSE", "licence", "LICENSE", []],
      ["README.md", "readme", "My App", ["My App", "Install", "Setext"]],
      ["docs/adr/0001.md", "decision", "From front matter", []],
    ]);
    expect(result.facts.map(({ statement, file, line }) => `${statement} @${file}:${line}`)).toEqual([
      "Purpose: Does one thing well for you. @README.md:7",
      "Build: pnpm run build (tsc) @package.json:5",
      "Test: pnpm test (vitest) @package.json:6",
      "Requires node >=20 @package.json:3",
      "Licence by the manifest: MIT @package.json:2",
      "Python version in use: 3.12 @.python-version:1",
      "Licence: MIT @LICENSE:1",
      "Install, says the document: pnpm install @README.md:12",
      "Test, says the document: pnpm test @README.md:14",
    ]);
    expect(result.summary).toBe(
      "Does one thing well for you. 3 documents: 1 licence, 1 readme, 1 decision. No contributing was found.",
    );
  });

  test("survives bad UTF-8, binaries, huge files, links and files that are gone", async () => {
    const paths = await write({
      "README.md": Uint8Array.from([0x23, 0x20, 0xff, 0x41, 0x0a]),
      "docs/binary.md": Uint8Array.from([1, 0, 2]),
      "docs/huge.md": "x".repeat(1_048_577),
      "outside.txt": "secret",
    });
    await symlink(join(root, "outside.txt"), join(root, "docs/link.md"));
    const result = await readDocuments({ root, paths: [...paths, "docs/link.md", "docs/gone.md"] }, signal);
    expect(result.documents.map(({ file, title }) => [file, title])).toEqual([["README.md", "\uFFFDA"]]);
  });

  test("says so when there is nothing, and stops when told to", async () => {
    expect((await readDocuments({ root, paths: [] }, signal)).summary).toBe(
      "The workspace has no documents.",
    );
    const paths = await write({ "README.md": "# A" });
    await expect(readDocuments({ root, paths }, AbortSignal.abort())).rejects.toThrow("aborted");
  });
});

describe("links", () => {
  test("to what is not there are found, with their place", async () => {
    const text =
      '# A\n\nSee [b](docs/b.md), [c](docs/c.md "title") and ![d](<img/d.png>).\n\n[ref]: docs/e.md\n<img src="img/f.png">\n';
    expect(await drift({ "README.md": text, "docs/b.md": "# B", "x/c.md": "" })).toEqual([
      "warning broken-link README.md:3 docs/c.md",
      "warning broken-link README.md:3 img/d.png",
      "warning broken-link README.md:5 docs/e.md",
      "warning broken-link README.md:6 img/f.png",
    ]);
  });

  test("that are the same twice differ in fingerprint", async () => {
    const paths = await write({ "README.md": "[a](gone.md)\n[b](gone.md)\n" });
    const found = await checkDocuments({ root, paths }, signal);
    expect(new Set(found.map((each) => each.fingerprint)).size).toBe(2);
  });

  test("that differ in case name the real file", async () => {
    const paths = await write({ "README.md": "[b](docs/B.md)", "docs/b.md": "" });
    const [found] = await checkDocuments({ root, paths }, signal);
    expect(found?.message).toContain("differs from docs/b.md in case");
    expect(found?.range).toEqual({ startLine: 1, startColumn: 5, endLine: 1, endColumn: 14 });
  });

  test.each([
    "[a](https://x.io/y.md) [b](mailto:a@b.c) [c](//x.io) [d](/route) [e](#) [f](../../issues)",
    "`[a](gone.md)` and\n\n```md\n[a](gone.md)\n```\n\n    [a](gone.md)\n",
    "<!-- [a](gone.md) -->\n<!--\n[b](gone.md)\n-->",
    "[a](docs/) [b](docs) [c](docs/b) [d](docs/b.html) [e](docs/b.md?raw=1) [f](docs/b%2Emd) [g](./docs/b.md#top)",
    ["[a]({{ url }}) [b]($", "{x}/y.md) [c](<url>)"].join(""),
    "[ignored](ignored/out.txt)",
    "[a][1] and [^1]\n\n[^1]: note.md is a footnote\n",
  ])("%j are fine", async (text) => {
    await write({ "ignored/out.txt": "" });
    expect(await drift({ "README.md": text, "docs/b.md": "# Top" })).toEqual([]);
  });

  test("of changelogs are history", async () => {
    expect(await drift({ "CHANGELOG.md": "[a](gone.md)" })).toEqual([]);
  });

  test("to headings are compared as code hosts make anchors", async () => {
    const text =
      '# Über Uns & Co.\n## a_b `c` d\n## Twice\n## Twice\n<a id="own"></a>\n[1](#über-uns--co) [2](#a_b-c-d) [3](#twice-1) [4](#own) [5](#Twice) [6](#gone) [7](docs/b.md#x-y) [8](docs/b.md#gone)\n';
    expect(await drift({ "README.md": text, "docs/b.md": "# x y" })).toEqual([
      "info broken-anchor README.md:6 #gone",
      "info broken-anchor README.md:6 docs/b.md#gone",
    ]);
  });

  test("without extension are routes where a site is built", async () => {
    const files = {
      "docs/a.md":
        "[x](gone-page) [y](gone.md) [z](../other/gone.html) [a](llms.txt) [b](a.html.md) [c](pkg.mod.Class)",
      "mkdocs.yml": "",
    };
    expect(await drift(files)).toEqual(["warning broken-link docs/a.md:1 gone.md"]);
  });
});

describe("commands", () => {
  const manifest = '{ "scripts": { "build": "x", "lint:fix": "x" } }';

  test("that no manifest has are found once, in code blocks of instructions", async () => {
    const text =
      "Run `npm run inline`.\n\n```sh\n$ npm run build && npm run gone\nnpm run gone\nyarn lint:fix\nyarn test:all\npnpm exec tsc\nnpm test\n# npm run commented\nmake all\nmake gone\n```\n\n```ts\nnpm run code\n```\n";
    expect(
      await drift({
        "README.md": text,
        "package.json": manifest,
        Makefile: ".PHONY: all\nall: x\n\tnpm run y\nx :\n",
      }),
    ).toEqual([
      "warning unknown-command README.md:4 npm run gone",
      "warning unknown-command README.md:7 yarn test:all",
      "warning unknown-command README.md:9 npm test",
      "warning unknown-command README.md:12 make gone",
    ]);
  });

  test("are fine where another manifest has them, none is above, or the document adds them", async () => {
    const block = "```\nnpm run dev\nmake it\n```\n";
    expect(await drift({ "README.md": block })).toEqual([]);
    expect(
      await drift({
        "README.md": block,
        "package.json": manifest,
        "web/package.json": '{ "scripts": { "dev": "x" } }',
      }),
    ).toEqual([]);
    expect(
      await drift({
        "README.md": `${block}\n\`\`\`json\n"scripts": { "dev": "x" }\n\`\`\`\n`,
        "package.json": manifest,
        "web/package.json": "{}",
      }),
    ).toEqual([]);
    expect(await drift({ "README.md": "```\nmake it\n```", Makefile: "include other.mk\n" })).toEqual([]);
  });
});

describe("paths in code spans", () => {
  const files = { "src/server/a.ts": "", "src/moved/b.ts": "" };

  test("count where their folder is still there", async () => {
    const text =
      "The server is `src/server/gone.ts:12`, the rest `src/server/b.ts`, `./src/server/a.ts`, `src/other/x.ts`, `src/x.ts`, `a/b`.\n";
    const paths = await write({ ...files, "ARCHITECTURE.md": text });
    const found = await checkDocuments({ root, paths }, signal);
    expect(
      found.map(({ severity, evidence, remedy }) => [severity, evidence, remedy.includes("src/moved/b.ts")]),
    ).toEqual([
      ["info", "src/server/gone.ts:12", false],
      ["warning", "src/server/b.ts", true],
    ]);
  });

  test("are fine where the text speaks of what is not there, in guides and in code blocks", async () => {
    expect(
      await drift({
        ...files,
        "README.md": "Create `src/server/new.ts`.\n\n```\n`src/server/new.ts`\n```\n",
        "docs/guide.md": "See `src/server/new.ts`.",
      }),
    ).toEqual([]);
  });
});

describe("the licence", () => {
  test.each<[string, string[]]>([
    ["ISC", ['warning licence-differs package.json:2 "license": "ISC"']],
    ["MIT", []],
    ["MIT/X11", []],
    ["GPL-3.0-or-later", ['warning licence-differs package.json:2 "license": "GPL-3.0-or-later"']],
    ["(Apache-2.0 OR MIT)", []],
    ["UNLICENSED", []],
    ["SEE LICENSE IN LICENSE", []],
  ])("%s of the manifest against the text of MIT", async (id, expected) => {
    expect(await drift({ LICENSE: mit, "package.json": `{\n  "license": "${id}"\n}` })).toEqual(expected);
  });

  test("of two texts is left to people", async () => {
    expect(await drift({ LICENSE: mit, "LICENSE.md": "x", "package.json": '{ "license": "ISC" }' })).toEqual(
      [],
    );
  });
});

test("hostile documents take linear time", async () => {
  const texts = [
    "[".repeat(50_000),
    "](".repeat(50_000),
    "`".repeat(50_001),
    "<a ".repeat(30_000),
    "<!--".repeat(30_000),
    "# ".repeat(40_000),
    `# a${" ".repeat(9_900)}b\n`.repeat(100),
    `](${" ".repeat(4_900)}\n`.repeat(200),
    `${"](a".repeat(1_600)}\n`.repeat(200),
    "![a](".repeat(20_000),
  ];
  const paths = await write(
    Object.fromEntries(
      texts.flatMap((text, index) => [
        [`docs/${index}.md`, text],
        [`docs/${index}n.md`, text.replaceAll(/.{400}/g, "$&\n")],
      ]),
    ),
  );
  const start = process.cpuUsage();
  await checkDocuments({ root, paths }, signal);
  await readDocuments({ root, paths }, signal);
  expect(process.cpuUsage(start).user / 1_000).toBeLessThan(3_000);
});

test("stand-ins, linked paths and the anchor of the front page are no drift of their own", async () => {
  const files = {
    "README.md": "# A\n[up](#readme)\n",
    "CONTRIBUTING.md":
      "# B\nIn `src/kinds/KIND_NAME.ts` or `src/kinds/yourkind.ts`, by [`src/kinds/gone.ts`](src/kinds/gone.ts).\n",
    "src/kinds/one.ts": "",
  };
  expect(await drift(files)).toEqual(["warning broken-link CONTRIBUTING.md:2 src/kinds/gone.ts"]);
});

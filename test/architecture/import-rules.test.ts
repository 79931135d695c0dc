import { describe, expect, it } from "vitest";
import { checkSources } from "./check-sources.ts";
import { findCycles } from "./find-cycles.ts";
import { layers, maxFileLines } from "./layers.ts";
import { readSources } from "./read-sources.ts";
import { readSourceFacts } from "./source-file.ts";

const rules = { layers, maxFileLines };

function check(sources: Record<string, string>): string[] {
  return checkSources(
    Object.entries(sources).map(([path, text]) => readSourceFacts(path, text)),
    rules,
  );
}

describe("the sources of this repository", () => {
  const sources = readSources();

  it("are found", () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.map((source) => source.path)).toContain("agent-host/protocol/methods.ts");
  });

  it("obey the table of who may import whom, and have no cycles", () => {
    expect(checkSources(sources, rules)).toEqual([]);
  });
});

describe("checkSources", () => {
  const journal = "agent-host/journal/journal.ts";
  const store = "agent-host/store/store.ts";

  it("accepts what the table allows", () => {
    const found = check({
      "agent-host/protocol/ids.ts": 'import * as z from "zod";\nexport const id = z.string();',
      "agent-host/core/clock.ts": 'import { id } from "../protocol/ids.ts";\nexport const clock = id;',
      "agent-host/rules/gate.ts": 'import { id } from "../protocol/ids.ts";\nexport const gate = id;',
      [journal]: 'import { clock } from "../core/clock.ts";\nexport const journal = clock;',
      [store]: 'import type { journal } from "../journal/journal.ts";\nexport type Store = typeof journal;',
      "agent-host/main.ts": 'import { journal } from "./journal/journal.ts";\nvoid journal;',
      "extension/extension.ts":
        'import * as vscode from "vscode";\nimport { id } from "../agent-host/protocol/ids.ts";\nvoid [vscode, id];',
    });
    expect(found).toEqual([]);
  });

  it("refuses a service that loads another service's code", () => {
    const found = check({
      [journal]: "export const a = 1;",
      [store]: 'import { a } from "../journal/journal.ts";',
    });
    expect(found).toEqual([`${store}:1: may not import code of agent-host/journal/ (${journal})`]);
  });

  it("takes an import of only inline types for code, because Node still loads the file", () => {
    const found = check({
      [journal]: "export type A = 1;",
      [store]: 'import { type A } from "../journal/journal.ts";',
    });
    expect(found).toEqual([`${store}:1: may not import code of agent-host/journal/ (${journal})`]);
  });

  it.each([
    ["a dynamic import", 'const a = await import("../journal/journal.ts");'],
    ["a re-export", 'export { a } from "../journal/journal.ts";'],
    ["an export of everything", 'export * from "../journal/journal.ts";'],
    ["a require", 'const a = require("../journal/journal.ts");'],
    ["an import for its effect", 'import "../journal/journal.ts";'],
  ])("sees %s", (_name, text) => {
    expect(check({ [journal]: "export const a = 1;", [store]: text })).toHaveLength(1);
  });

  it("does not take the text of a string or comment for an import", () => {
    expect(check({ [store]: "// import 'vscode'\nexport const a = \"import 'vscode'\";" })).toEqual([]);
  });

  it("refuses a specifier it cannot read", () => {
    expect(check({ [store]: "export const load = (name: string) => import(name);" })).toEqual([
      `${store}:1: may not import the package <computed>`,
    ]);
  });

  it.each([
    ["agent-host/protocol/ids.ts", "node:fs", "node"],
    ["agent-host/rules/gate.ts", "zod", "zod"],
    ["agent-host/core/clock.ts", "ws", "ws"],
    ["agent-host/journal/journal.ts", "vscode", "vscode"],
    ["agent-host/team/leader.ts", "@scope/name/deep", "@scope/name"],
    ["webview-ui/team.ts", "fs", "node"],
    ["extension/extension.ts", "zod", "zod"],
  ])("keeps from %s the package %s", (path, specifier, name) => {
    expect(check({ [path]: `import { a } from "${specifier}";` })).toEqual([
      `${path}:1: may not import the package ${name}`,
    ]);
  });

  it("lets nobody import the extension, the webviews or a test", () => {
    const found = check({
      "extension/extension.ts": "export const a = 1;",
      "webview-ui/team.ts": "export const a = 1;",
      "agent-host/main.ts":
        'import { a } from "../extension/extension.ts";\nimport type { a as b } from "../webview-ui/team.ts";\nimport { c } from "../test/support/c.ts";',
    });
    expect(found).toEqual([
      "agent-host/main.ts:1: may not import code of extension/ (extension/extension.ts)",
      "agent-host/main.ts:2: may not import types of webview-ui/",
      "agent-host/main.ts:3: imports test/support/c.ts, which is no source file",
    ]);
  });

  it("gives the analysis worker the workspace's code, and the rest of analysis only its types", () => {
    const text = 'import { a } from "../workspace/tree.ts";\nexport const b = a;';
    const found = check({
      "agent-host/workspace/tree.ts": "export const a = 1;",
      "agent-host/analysis/worker.ts": text,
      "agent-host/analysis/engine.ts": text,
    });
    expect(found).toEqual([
      "agent-host/analysis/engine.ts:1: may not import code of agent-host/workspace/ (agent-host/workspace/tree.ts)",
    ]);
  });

  it("finds a cycle of values, and none of types", () => {
    const one = "agent-host/team/one.ts";
    const two = "agent-host/team/two.ts";
    expect(
      check({
        [one]: 'import { b } from "./two.ts";\nexport const a = () => b;',
        [two]: 'import { a } from "./one.ts";\nexport const b = () => a;',
      }),
    ).toEqual([`${one}: import cycle ${one} → ${two} → ${one}`]);
    expect(
      check({
        [one]: 'import type { b } from "./two.ts";\nexport const a = 1;',
        [two]: 'import { a } from "./one.ts";\nexport const b = a;',
      }),
    ).toEqual([]);
  });

  it("refuses nameless errors outside core, default exports, index files, long files and strays", () => {
    const found = check({
      "agent-host/core/event.ts": 'export function fail() {\n  throw new Error("x");\n}',
      "agent-host/hub/router.ts": 'export function fail() {\n  throw new TypeError("x");\n}',
      "agent-host/hub/index.ts": "export default 1;",
      "agent-host/hub/long.ts": "\n".repeat(401),
      "agent-host/unknown/stray.ts": "export const a = 1;",
    });
    expect(found).toEqual([
      "agent-host/hub/router.ts:2: throws a nameless error",
      "agent-host/hub/index.ts: index files hide what a folder holds",
      "agent-host/hub/index.ts:1: default export",
      "agent-host/hub/long.ts: 401 lines, at most 400",
      "agent-host/unknown/stray.ts: belongs to no layer",
    ]);
  });
});

describe("findCycles", () => {
  it("finds a cycle that a finished branch leads into, and a file that imports itself", () => {
    const graph = new Map([
      ["a", ["b", "c"]],
      ["b", ["d"]],
      ["c", ["d", "c"]],
      ["d", []],
      ["e", ["f"]],
      ["f", ["e"]],
    ]);
    expect(findCycles(graph)).toEqual([
      ["c", "c"],
      ["e", "f", "e"],
    ]);
  });
});

import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listFilesTool } from "../../../../agent-host/tools/list-files.ts";
import { searchTextTool } from "../../../../agent-host/tools/search-text.ts";
import { makeTaskTree, prepareTool, type TaskTree, useTool } from "../../../support/task-tree.ts";

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
  await tree.put("src/a.ts", "const a = 1;\n// TODO a (1)\n");
  await tree.put("src/deep/b.ts", "// todo b\n");
  await tree.put("README.md", "TODO");
  await tree.put("bin", new Uint8Array([84, 79, 68, 79, 0]));
  await tree.put(".git/config", "TODO");
  await tree.put("node_modules/x/index.js", "TODO");
});
afterEach(() => tree.remove());

const search = async (input: unknown) => (await useTool(searchTextTool(), input, tree.context)).text;
const list = async (input: unknown) => (await useTool(listFilesTool(), input, tree.context)).text;

describe("search_text", () => {
  it("finds lines by expression, file by file", async () => {
    expect(await search({ pattern: "TO.O" })).toBe("README.md:1: TODO\nsrc/a.ts:2: // TODO a (1)\n");
    expect(await search({ query: "todo", ignoreCase: true, glob: "*.ts" })).toBe(
      "src/a.ts:2: // TODO a (1)\nsrc/deep/b.ts:1: // todo b\n",
    );
    expect(await search({ pattern: "TODO", path: "README.md" })).toBe("README.md:1: TODO\n");
    expect(await search({ pattern: "TODO", path: "node_modules/x" })).toBe(
      "node_modules/x/index.js:1: TODO\n",
    );
    expect(await search({ pattern: "^nothing$" })).toBe("[no matches]");
  });

  it("takes a pattern as plain text where it is asked to, or where it is no expression", async () => {
    expect(await search({ pattern: "a (1)", literal: true })).toBe("src/a.ts:2: // TODO a (1)\n");
    expect(await search({ pattern: "(1" })).toBe("src/a.ts:2: // TODO a (1)\n");
  });

  it("ends a pattern that backtracks without end", async () => {
    await tree.put("evil", `${"a".repeat(60)}!`);
    const startedAt = performance.now();
    expect(await useTool(searchTextTool(), { pattern: "^(a+)+$" }, tree.context)).toMatchObject({
      isError: true,
      text: expect.stringContaining("takes too long"),
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it("stops at its limits and says so", async () => {
    await tree.put("many", "hit\n".repeat(50_000));
    const few = await search({ pattern: "hit", maxResults: 2 });
    expect(few).toMatch(/^many:1: hit\nmany:2: hit\n\[more matches/);
    const much = await search({ pattern: "hit", maxResults: 1_000 });
    expect(Buffer.byteLength(much)).toBeLessThanOrEqual(32_768);
    await tree.put("wide", `${"x".repeat(1_990)}hit${"x".repeat(1_000_000)}`);
    expect((await search({ pattern: "hit", path: "wide" })).length).toBeLessThan(400);
  });

  it("follows no links", async () => {
    await writeFile(join(tree.outside, "secret"), "TODO");
    await symlink(tree.outside, join(tree.folder, "link"));
    await symlink(join(tree.outside, "secret"), join(tree.folder, "file"));
    expect(await search({ pattern: "TODO" })).not.toMatch(/link|file|secret/);
    expect(await useTool(searchTextTool(), { pattern: "x", path: "link" }, tree.context)).toMatchObject({
      isError: true,
    });
  });

  it("says that there is no such folder", async () => {
    expect(await search({ pattern: "x", path: "nowhere" })).toBe("There is no folder nowhere");
  });
});

describe("list_files", () => {
  it("lists what is the project's own, sorted", async () => {
    expect(await list({})).toBe("README.md\nbin\nsrc/a.ts\nsrc/deep/b.ts\n");
    expect(await list({ path: "src" })).toBe("src/a.ts\nsrc/deep/b.ts\n");
    expect(await list({ pattern: "**/*.ts" })).toBe("src/a.ts\nsrc/deep/b.ts\n");
    expect(await list({ path: "src", glob: "deep/*" })).toBe("src/deep/b.ts\n");
    expect(await list({ path: "node_modules" })).toBe("node_modules/x/index.js\n");
    expect(await list({ pattern: "*.py" })).toBe("[no files]");
  });

  it("names links and does not follow them", async () => {
    await symlink(tree.outside, join(tree.folder, "link"));
    expect(await list({ pattern: "link" })).toBe("link (symbolic link)\n");
  });

  it("stays within one result and says how many are left", async () => {
    await mkdir(join(tree.folder, "many"));
    const names = Array.from({ length: 1_200 }, (_, at) => `many/${"n".repeat(40)}${at}`);
    await Promise.all(names.map((name) => tree.put(name, "")));
    const text = await list({ path: "many" });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
    const shown = text.split("\n").length - 1;
    expect(text).toContain(`[${1_200 - shown} more`);
  });

  it("asks for reading the folder, and says why it is none", async () => {
    expect(await prepareTool(listFilesTool(), {}, tree.context)).toMatchObject({
      access: { kind: "read", paths: ["."] },
    });
    expect(await list({ path: "nowhere" })).toBe("There is no folder nowhere");
    expect(await list({ path: "README.md" })).toContain("README.md");
    expect((await useTool(listFilesTool(), { path: "README.md" }, tree.context)).isError).toBe(true);
  });
});

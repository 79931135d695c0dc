import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { analysisQueries } from "../../../agent-host/analysis/queries/analysis-queries.ts";
import { diagnosticsTool } from "../../../agent-host/tools/diagnostics.ts";
import { findReferencesTool } from "../../../agent-host/tools/find-references.ts";
import { makeTaskTree, useTool } from "../../support/task-tree.ts";

const processUrl = new URL("../../../agent-host/analysis/process.ts", import.meta.url);
const never = new AbortController().signal;
const queries = (limitMs = 60_000, maxParallel = 2) =>
  analysisQueries({ processUrl, env: { PATH: process.env.PATH }, limitMs, maxParallel });

async function setting() {
  const tree = await makeTaskTree();
  onTestFinished(() => tree.remove());
  return tree;
}

describe("questions to an analysis process", () => {
  it("find a name over the files of a tree, and nothing outside of it", async () => {
    const tree = await setting();
    await tree.put("src/cart.ts", "export function total() {}\n// total\n");
    await tree.put("src/use.js", "import { total } from './cart.ts';\ntotal();\n");
    await tree.put("tools/run.py", "from cart import total\n");
    await tree.put("notes.md", "the total is it\n");
    await tree.put("node_modules/x/index.js", "total();\n");
    await writeFile(join(tree.outside, "secret.ts"), "total();\n");
    const { text } = await useTool(findReferencesTool(queries()), { name: "total" }, tree.context);
    expect(text).toBe(
      [
        "src/cart.ts",
        "  1: definition: export function total() {}",
        "notes.md",
        "  1: word: the total is it",
        "src/use.js",
        "  1: import: import { total } from './cart.ts';",
        "  2: use: total();",
        "tools/run.py",
        "  1: import: from cart import total",
        "[found by the name total; things that share it are not told apart]",
        "[`word`: no parser for this file here, so strings and comments count too]",
      ].join("\n"),
    );
    const outside = await useTool(
      findReferencesTool(queries()),
      { name: "total", path: "../outside" },
      tree.context,
    );
    expect(outside).toMatchObject({ isError: true });
  });

  it("say what is wrong in files, and what they do not know", async () => {
    const tree = await setting();
    await tree.put("package.json", '{ "name": "x", "private": true, "main": "src/a.ts" }');
    await tree.put("src/a.ts", 'import { gone } from "./gone.ts";\nexport const a = gone(;\n');
    await tree.put("src/b.ts", 'import { gone } from "./gone.ts";\nexport const b = gone;\n');
    const diagnose = (input: object) => useTool(diagnosticsTool(queries()), input, tree.context);
    const { text } = await diagnose({ path: "src/a.ts" });
    expect(text).toMatch(/src\/a\.ts:2:\d+: error structure\/syntax-error: /);
    expect(text).toMatch(/src\/a\.ts:1:\d+: \w+ structure\/unresolved-import/);
    expect(text).not.toContain("src/b.ts:");
    expect(text).toContain("type errors and Python's syntax come from the project's own checker");
    expect(await diagnose({ paths: ["../outside"] })).toMatchObject({ isError: true });
    await tree.put("src/a.ts", "export const a = 1;\n");
    expect((await diagnose({ files: "src/a.ts" })).text).toContain("[nothing found in src/a.ts]");
  });

  it("end a process that takes too long, or that nobody waits for", async () => {
    const html = "<a><b>".repeat(200_000);
    const slow = queries(1_500).page({ kind: "page", html, url: "https://x.org/" }, never);
    await expect(slow.then(() => "done")).rejects.toMatchObject({
      code: expect.stringMatching(/^analysis\.(tooSlow|failed|crashed)$/),
    });
    const controller = new AbortController();
    const busy = queries(60_000, 1);
    const first = busy.page({ kind: "page", html, url: "https://x.org/" }, controller.signal);
    const waiting = busy.page({ kind: "page", html, url: "https://x.org/" }, controller.signal);
    controller.abort(new Error("cancelled"));
    await expect(first).rejects.toThrow("cancelled");
    await expect(waiting).rejects.toThrow("cancelled");
    expect(await busy.page({ kind: "page", html: "<h1>x</h1>", url: "https://x.org/" }, never)).toEqual({
      title: "",
      markdown: "# x",
    });
  });

  it("get nothing of the environment but what they are given", async () => {
    const folder = await mkdtemp(join(tmpdir(), "agent-team-query-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const program = join(folder, "process.mjs");
    await writeFile(
      program,
      'process.once("message", () => process.send({ kind: "answer", answer: { title: Object.keys(process.env).join(), markdown: "" } }));',
    );
    process.env.SOME_SECRET = "1";
    onTestFinished(() => void delete process.env.SOME_SECRET);
    const asked = analysisQueries({ processUrl: new URL(`file://${program}`), env: { ONLY: "1" } });
    const { title } = await asked.page({ kind: "page", html: "", url: "https://x.org/" }, never);
    expect(title).toContain("ONLY");
    expect(title).not.toContain("SOME_SECRET");
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deleteFileTool } from "../../../agent-host/tools/delete-file.ts";
import { readFileTool } from "../../../agent-host/tools/read-file.ts";
import { writeFileTool } from "../../../agent-host/tools/write-file.ts";
import { makeTaskTree, type TaskTree, useTool } from "../../support/task-tree.ts";

const iterations = 2_000;

let tree: TaskTree;
let swapper: ChildProcess | null = null;

beforeEach(async () => {
  tree = await makeTaskTree();
  await mkdir(join(tree.folder, "work/inner"), { recursive: true });
  await mkdir(join(tree.outside, "inner"));
  await writeFile(join(tree.outside, "inner/kept.txt"), "kept");
});
afterEach(async () => {
  if (swapper !== null && swapper.exitCode === null) {
    const gone = once(swapper, "exit");
    swapper.kill("SIGKILL");
    await gone;
  }
  await tree.remove();
});

describe.skipIf(process.platform !== "linux")(
  "a process that swaps a folder for a link out of the tree",
  () => {
    it(`leads none of ${iterations} writes, reads and deletions outside`, async () => {
      await swapping(join(tree.folder, "work"), tree.outside);
      const outcomes = { done: 0, refused: 0 };
      const leaked: string[] = [];
      for (let at = 0; at < iterations; at += 1) {
        const path = `work/inner/${at % 3 === 0 ? `new-${at}/` : ""}f.txt`;
        const written = await useTool(writeFileTool(), { path, content: `mine ${at}` }, tree.context);
        outcomes[written.isError ? "refused" : "done"] += 1;
        if (at % 4 === 0) {
          const read = await useTool(readFileTool(), { path: "work/inner/kept.txt" }, tree.context);
          if (!read.isError) leaked.push(read.text);
          await useTool(deleteFileTool(), { path: "work/inner/kept.txt" }, tree.context);
        }
      }
      expect(leaked).toEqual([]);
      expect(await readdir(join(tree.outside, "inner"))).toEqual(["kept.txt"]);
      expect(await readdir(tree.outside)).toEqual(["inner"]);
      // Both happened, so that the race was run.
      expect(outcomes.done).toBeGreaterThan(0);
      expect(outcomes.refused).toBeGreaterThan(0);
    }, 240_000);
  },
);

/** Resolves once it swaps. */
async function swapping(folder: string, outside: string): Promise<void> {
  const script = `
    const { renameSync, symlinkSync, unlinkSync } = require("node:fs");
    const [folder, outside] = process.argv.slice(1);
    const tries = [() => renameSync(folder, folder + ".aside"), () => symlinkSync(outside, folder), () => unlinkSync(folder),
      () => renameSync(folder + ".aside", folder)];
    process.stdout.write("ready");
    for (;;) for (const each of tries) try { each(); } catch {}
  `;
  swapper = spawn(process.execPath, ["-e", script, folder, outside], { stdio: ["ignore", "pipe", "ignore"] });
  if (swapper.stdout !== null) await once(swapper.stdout, "data");
}

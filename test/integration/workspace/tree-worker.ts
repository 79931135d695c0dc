import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRunTrees } from "../../../agent-host/workspace/create-run-trees.ts";

// The work of a run with one task, which may be killed at any time and started again.
const [root = "", folder = ""] = process.argv.slice(2);
const { signal } = new AbortController();
const trees = createRunTrees({ root, folder, searchPath: process.env.PATH ?? "" });
console.log("ready");
const base = await trees.snapshot(signal);
const task = await trees.openTaskTree({ name: "t-1", tree: base }, signal);
for (let index = 0; index < 60; index += 1) writeFileSync(join(task, `made-${index}.txt`), `${index}\n`);
for (let index = 0; index < 60; index += 1) writeFileSync(join(task, "src", `${index}.txt`), "changed\n");
rmSync(join(task, "gone"), { recursive: true, force: true });
const set = await trees.collect({ taskId: "t-1", changeSetId: "c-1", folder: task, base }, signal);
if (set === null) throw new Error("nothing was changed");
const { plan, conflicts } = await trees.planApply({ base, tree: set.result }, signal);
if (conflicts.length > 0) throw new Error(JSON.stringify(conflicts));
await trees.apply(plan, signal);
console.log(`done ${base} ${set.result}`);

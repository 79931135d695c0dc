// `npm run faults [kills] [seed]`: kills real runs, and says what they cost. Long; by hand. Exits with 1 if a promise
// was broken; the journals of such runs are left in the folder for temporary files.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { killAtCalls } from "./call-kills.ts";
import type { FaultSummary } from "./fault-summary.ts";
import { killAtRandomTimes } from "./random-kills.ts";

const [kills = 1_000, seed = 1] = process.argv.slice(2).map(Number);
const bundle = fileURLToPath(new URL("../../dist/host/main.js", import.meta.url));
if (!existsSync(bundle)) throw new Error("there is no bundle: npm run build");

const startedAt = performance.now();
const onRun = (title: string, summary: FaultSummary): void => {
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${seconds} s: ${title}: ${summary.kills} kills, ${summary.problems.length} promises broken`);
};
const given = { seed, lanes: 2, main: bundle, onRun };

const random = await killAtRandomTimes({ ...given, kills });
const calls = await killAtCalls({ ...given, kills: Math.ceil(kills / 20), stride: 2 });
for (const [title, summary] of Object.entries({ "at random times": random, "before calls": calls })) {
  console.log(`\n${title}:\n${summary.text()}`);
  for (const problem of summary.problems) console.log(`  ${problem.slice(0, 500)}`);
}
if (random.problems.length + calls.problems.length > 0) process.exitCode = 1;

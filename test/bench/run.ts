import { globSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { describeMeasurement, isOverLimit, type Measurement } from "./measure.ts";

// `npm run bench [-- NAME…]`: every module beside this one that exports `run`, or those named. A module returns
// measurements, or prints for itself. Exit code 1 if one exceeds its limit, 2 for a name that is no bench.

interface Bench {
  name: string;
  run(): Promise<readonly Measurement[] | undefined>;
}

const wanted = process.argv.slice(2);
const benches = await loadBenches();
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));

if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there are ${benches.map(({ name }) => name).join(", ")}`);
  process.exitCode = 2;
} else {
  for (const bench of benches) {
    if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
    console.log(`\n=== ${bench.name}`);
    const measurements = (await bench.run()) ?? [];
    for (const measured of measurements) console.log(describeMeasurement(measured));
    if (measurements.some(isOverLimit)) process.exitCode = 1;
  }
}

async function loadBenches(): Promise<Bench[]> {
  const files = globSync("*.ts", { cwd: import.meta.dirname }).filter((file) => file !== "run.ts");
  const benches: Bench[] = [];
  for (const file of files.sort()) {
    const module: Partial<Bench> = await import(pathToFileURL(`${import.meta.dirname}/${file}`).href);
    if (module.run !== undefined) benches.push({ name: basename(file, ".ts"), run: module.run });
  }
  return benches;
}

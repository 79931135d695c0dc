import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { MockStats } from "../support/anthropic-mock/mock-stats.ts";
import type { LoadResult, LoadTerms } from "../support/model-load/load-terms.ts";
import { type Measurement, median } from "./measure.ts";

// Our adapter and limiter by themselves against a mock of the API in a process of its own: 64 agents of three tool
// turns and an end. What journal, gate and hub add is measured with a whole host.

const support = join(import.meta.dirname, "..", "support");
const agents = 64;
const calls = 4;
const rounds = 7;
const slots = 16;

export async function run(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "at-bench-"));
  try {
    const loads = await bundleLoads(folder);
    return [...(await behindSlots(folder, loads)), ...(await besideTheSdk(folder, loads))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Loads {
  readonly adapter: string;
  readonly sdk: string;
}

/** As a host is: bundled, so that neither pays for reading TypeScript. */
async function bundleLoads(outdir: string): Promise<Loads> {
  const entry = (name: string): string => join(support, "model-load", `${name}.ts`);
  await build({
    entryPoints: [entry("adapter-load"), entry("sdk-load")],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return { adapter: join(outdir, "adapter-load.mjs"), sdk: join(outdir, "sdk-load.mjs") };
}

/** An endpoint that answers 429 above 16 calls at once and asks for a second, against the bare SDK that knows the 16. */
async function behindSlots(folder: string, { adapter, sdk }: Loads): Promise<Measurement[]> {
  const idealMs = ((agents * calls) / slots) * 50;
  const mock = ["--max-concurrent", `${slots}`, "--latency-ms", "50", "--retry-after", "1"];
  const [ours, bare]: [LoadResult[], LoadResult[]] = [[], []];
  let paidTwice = 0;
  for (let round = 0; round < rounds; round++) {
    const { result, stats } = await oneLoad(folder, { load: adapter, mock });
    ours.push(result);
    paidTwice += stats.paidTwice;
    bare.push((await oneLoad(folder, { load: sdk, mock, slots })).result);
  }
  const timeOf = (results: LoadResult[]): number => medianOf(results, ({ wallMs }) => wallMs) / idealMs;
  const madeByOurs = ours.reduce((sum, { calls: made }) => sum + made, 0);
  return [
    {
      name: `${agents} agents behind ${slots} slots, time by the ideal of ${idealMs} ms`,
      value: timeOf(ours),
      unit: "×",
      baseline: { name: "bare SDK that knows the slots", value: timeOf(bare) },
      limit: 1.15,
    },
    { name: "calls refused and asked again", value: medianOf(ours, ({ refused }) => refused), unit: "" },
    { name: "calls that were lost", value: agents * calls * rounds - madeByOurs, unit: "", limit: 0 },
    { name: "calls paid twice", value: paidTwice, unit: "", limit: 0 },
  ];
}

/** 200 ms for each answer, streamed, no limit: what our adapter costs against the loop that everyone writes. */
async function besideTheSdk(folder: string, { adapter, sdk }: Loads): Promise<Measurement[]> {
  const mock = ["--latency-ms", "200"];
  const [ours, bare]: [LoadResult[], LoadResult[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push((await oneLoad(folder, { load: adapter, mock })).result);
    bare.push((await oneLoad(folder, { load: sdk, mock })).result);
  }
  const beside = (
    name: string,
    unit: string,
    limit: number,
    of: (result: LoadResult) => number,
  ): Measurement => {
    const baseline = { name: "bare SDK", value: medianOf(bare, of) };
    return { name, value: medianOf(ours, of), unit, baseline, limit: limit * baseline.value };
  };
  return [
    beside(`${agents} agents at 200 ms, time`, "ms", 1.05, ({ wallMs }) => wallMs),
    beside("CPU of a call", "ms", 1.2, ({ cpuMs, calls: made }) => cpuMs / made),
    beside("peak memory", "MiB", 1.2, ({ peakRssMiB }) => peakRssMiB),
  ];
}

interface Load {
  readonly load: string;
  /** How the mock is started. */
  readonly mock: readonly string[];
  readonly slots?: number;
}

async function oneLoad(
  folder: string,
  { load, mock: terms, slots: known }: Load,
): Promise<{ result: LoadResult; stats: MockStats }> {
  const mock = await startMock(folder, terms);
  try {
    const given: LoadTerms = {
      url: mock.url,
      agents,
      calls,
      ...(known === undefined ? {} : { slots: known }),
    };
    const { stdout } = await promisify(execFile)(process.execPath, [load, JSON.stringify(given)]);
    const answer = await fetch(`${mock.url}/mock/stats`);
    return { result: JSON.parse(stdout), stats: (await answer.json()) as MockStats };
  } finally {
    mock.child.stdin?.end();
    await once(mock.child, "exit");
  }
}

async function startMock(
  folder: string,
  terms: readonly string[],
): Promise<{ child: ChildProcess; url: string }> {
  const script = join(folder, "script.json");
  const read = {
    text: "Let me look at it.".repeat(10),
    toolCalls: [{ name: "read_file", input: { path: "src/a.ts" } }],
  };
  const end = { text: "It is done as it was asked.".repeat(10) };
  const turns = [...Array.from({ length: calls - 1 }, () => read), end];
  writeFileSync(script, JSON.stringify({ format: 1, latencyMs: 0, agents: { "*": turns } }));
  const serve = join(support, "anthropic-mock", "serve.ts");
  const args = [serve, "--script", script, "--fragment-bytes", "none", ...terms];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, url: JSON.parse(String(line)).url };
}

function medianOf(results: readonly LoadResult[], of: (result: LoadResult) => number): number {
  return median(results.map(of));
}

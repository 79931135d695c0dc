import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { build } from "esbuild";
import { connectToHost, type HostConnection } from "../../agent-host/client/host-connection.ts";
import { locateWorkspace } from "../../agent-host/client/workspace-location.ts";
import { hostInfoSchema } from "../../agent-host/protocol/host-info.ts";
import type { MockStats } from "../support/anthropic-mock/mock-stats.ts";
import {
  type LoadResult,
  type LoadTerms,
  loadKey,
  loadToolResult,
} from "../support/model-load/load-terms.ts";
import { type Measurement, median } from "./measure.ts";
import { startHost, stop } from "./serve-host.ts";

// A whole host, with journal, permissions, budget and audit, beside the bare SDK in a loop: the same agents, calls and
// latency, against a mock of the API in a process of its own.

const agents = 64;
const calls = 4;
const rounds = 7;
const latencyMs = 200;
const slots = 16;
/** Clock ticks of `/proc/<pid>/stat` a second. */
const ticksPerSecond = 100;
const never = new AbortController().signal;
const support = join(import.meta.dirname, "..", "support");

export async function run(): Promise<Measurement[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "at-bench-")));
  try {
    const bare = await bundleBare(folder);
    return [...(await besideTheSdk(folder, bare)), ...(await behindSlots(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleBare(outdir: string): Promise<string> {
  const entryPoints = [join(support, "model-load", "sdk-load.ts")];
  const form = { bundle: true, platform: "node", format: "esm", logLevel: "error" } as const;
  await build({ entryPoints, outdir, outExtension: { ".js": ".mjs" }, ...form });
  return join(outdir, "sdk-load.mjs");
}

async function besideTheSdk(folder: string, bareLoad: string): Promise<Measurement[]> {
  const [ours, bare]: [LoadResult[], LoadResult[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const mock = await startMock(folder, ["--latency-ms", `${latencyMs}`]);
    try {
      ours.push((await oneRun(folder, mock.url)).result);
      const terms: LoadTerms = { url: mock.url, agents, calls };
      const { stdout } = await promisify(execFile)(process.execPath, [bareLoad, JSON.stringify(terms)]);
      bare.push(JSON.parse(stdout));
    } finally {
      await endMock(mock);
    }
  }
  const beside = (
    name: string,
    { unit, limit }: { unit: string; limit: number },
    of: (result: LoadResult) => number,
  ): Measurement => {
    const baseline = { name: "bare SDK loop", value: median(bare.map(of)) };
    return { name, value: median(ours.map(of)), unit, baseline, limit: limit * baseline.value };
  };
  return [
    beside(
      `${agents} sub-agents of ${calls - 1} tool turns at ${latencyMs} ms, time`,
      { unit: "ms", limit: 1.05 },
      ({ wallMs }) => wallMs,
    ),
    beside("CPU of a model turn", { unit: "ms", limit: 1.2 }, ({ cpuMs, calls: made }) => cpuMs / made),
    beside("peak memory", { unit: "MiB", limit: 1.2 }, ({ peakRssMiB }) => peakRssMiB),
  ];
}

async function behindSlots(folder: string): Promise<Measurement[]> {
  const idealMs = ((agents * calls) / slots) * 50;
  const walls: number[] = [];
  let [paidTwice, lost] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const mock = await startMock(folder, ["--max-concurrent", `${slots}`, "--latency-ms", "50"]);
    try {
      const { result, stats } = await oneRun(folder, mock.url);
      walls.push(result.wallMs);
      lost += agents * calls - result.calls;
      paidTwice += stats.paidTwice;
    } finally {
      await endMock(mock);
    }
  }
  return [
    {
      name: `the same behind an endpoint that takes ${slots} calls at once, at 50 ms, by the ideal of ${idealMs} ms`,
      value: median(walls) / idealMs,
      unit: "×",
      limit: 1.15,
    },
    { name: "calls that were lost", value: lost, unit: "", limit: 0 },
    { name: "calls paid twice", value: paidTwice, unit: "", limit: 0 },
  ];
}

interface Mock {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startMock(folder: string, terms: readonly string[]): Promise<Mock> {
  const script = join(folder, "script.json");
  writeFileSync(script, scriptText());
  const serve = join(support, "anthropic-mock", "serve.ts");
  const args = [serve, "--script", script, "--fragment-bytes", "none", ...terms];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, url: JSON.parse(String(line)).url };
}

async function endMock({ child }: Mock): Promise<void> {
  child.stdin?.end();
  await once(child, "exit");
}

function scriptText(): string {
  const tasks = Array.from({ length: agents }, (_, index) => {
    return {
      taskId: `t-w${index}`,
      agentType: "back-end-coder",
      task: `look at src/a.ts (${index})`,
      complexity: 1,
    };
  });
  const plan = { toolCalls: [{ name: "plan_tasks", input: { tasks } }] };
  const planned = { toolCalls: [{ name: "submit_result", input: { summary: "planned" } }] };
  const read = {
    text: "Let me look at it.".repeat(10),
    toolCalls: [{ name: "read_file", input: { path: "src/a.ts" } }],
  };
  const end = { text: "It is done as it was asked.".repeat(10) };
  const turns = [...Array.from({ length: calls - 1 }, () => read), end];
  return JSON.stringify({
    format: 1,
    latencyMs: 0,
    agents: { "team-leader": [plan, planned], "back-end-coder": turns },
  });
}

/** One run in a fresh host, watched as a window watches it. */
async function oneRun(folder: string, url: string): Promise<{ result: LoadResult; stats: MockStats }> {
  const place = makePlace(folder, url);
  const host = await startHost(place);
  const connection = await connect(place);
  const { workspaceId, seq: sinceSeq } = connection.host;
  try {
    await connection.request("state/subscribe", { workspaceId, sinceSeq }, never);
    // As the bare loop does: what is compiled and loaded once is not the cost of a turn.
    await watchedRun(connection, { host, goal: "do it once" });
    const result = await watchedRun(connection, { host, goal: "do it again" });
    const stats = (await (await fetch(`${url}/mock/stats`)).json()) as MockStats;
    return { result, stats };
  } finally {
    connection.dispose();
    // What it wrote stays until the end: ext4 passes over each inode that was freed in the last minutes when it makes a
    // file, so that a round would pay for the files that earlier ones deleted.
    await stop(host);
  }
}

/** `goal`: in other words each time, so that no two runs send the same. */
async function watchedRun(
  connection: HostConnection,
  { host, goal }: { host: ChildProcess; goal: string },
): Promise<LoadResult> {
  const { workspaceId } = connection.host;
  const times: { started: number[]; finished: number[] } = { started: [], finished: [] };
  let [cpuMs, made] = [0, 0];
  const ended = new Promise<void>((resolve, reject) => {
    const listening = connection.onNotification("state/event", ({ entry }) => {
      const isOurs = entry.taskId?.startsWith("t-w") === true;
      if (isOurs && entry.type === "task.started") {
        if (times.started.length === 0) cpuMs = cpuOf(host);
        times.started.push(Date.parse(entry.time));
      }
      if (isOurs && entry.type === "model.answered" && entry.outcome === "ok") made += 1;
      if (isOurs && entry.type === "task.finished") {
        times.finished.push(Date.parse(entry.time));
        if (times.finished.length < agents) return;
        cpuMs = cpuOf(host) - cpuMs;
        listening.dispose();
        resolve();
      }
      if (entry.type === "run.finished") reject(new Error("the run ended before its tasks did"));
    });
  });
  const request = {
    goal,
    provider: "anthropic" as const,
    profile: "change" as const,
    approve: "auto" as const,
    trust: true,
  };
  const { runId } = await connection.request("run/start", { workspaceId, request }, never);
  await ended;
  const peakRssMiB = peakOf(host);
  await connection.request("run/cancel", { workspaceId, runId }, never);
  const wallMs = Math.max(...times.finished) - Math.min(...times.started);
  return { wallMs, cpuMs, calls: made, peakRssMiB, refused: 0 };
}

interface Place {
  readonly workspace: string;
  readonly env: NodeJS.ProcessEnv;
}

function makePlace(folder: string, url: string): Place {
  const place = mkdtempSync(join(folder, "p-"));
  const [workspace, runtime] = [join(place, "workspace"), join(place, "run")];
  mkdirSync(join(workspace, "src"), { recursive: true });
  mkdirSync(runtime, { mode: 0o700 });
  writeFileSync(join(workspace, "src", "a.ts"), loadToolResult);
  const env = {
    ...process.env,
    AGENT_TEAM_HOME: join(place, "home"),
    XDG_RUNTIME_DIR: runtime,
    AGENT_TEAM_MAX_PARALLEL: String(agents),
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: loadKey,
  };
  return { workspace, env };
}

async function connect({ workspace, env }: Place): Promise<HostConnection> {
  const location = await locateWorkspace(workspace, env);
  const info = hostInfoSchema.parse(JSON.parse(readFileSync(location.hostInfoFile, "utf8")));
  const identity = { name: "bench", version: "0.0.0", workspaceId: location.workspaceId };
  return await connectToHost(info, identity, never);
}

function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

function peakOf({ pid }: ChildProcess): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) / 1_024;
}

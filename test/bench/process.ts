import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectToHost, type HostConnection } from "../../agent-host/client/host-connection.ts";
import { locateWorkspace } from "../../agent-host/client/workspace-location.ts";
import { systemClock } from "../../agent-host/core/clock.ts";
import { openJournal } from "../../agent-host/journal/journal.ts";
import type { EventDraft } from "../../agent-host/protocol/events.ts";
import { hostInfoSchema } from "../../agent-host/protocol/host-info.ts";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import { type Measurement, median } from "./measure.ts";
import { main, startHost, stop } from "./serve-host.ts";

const latencyMs = 200;
const parallel = 64;
const rounds = 5;
/** Clock ticks of `/proc/<pid>/stat` a second. */
const ticksPerSecond = 100;

/** Many tasks at once against their critical path, and the first answer beside a store that is full. */
export async function run(): Promise<Measurement[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "at-bench-")));
  try {
    return [...(await parallelTasks(folder)), ...(await fullStore(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly workspace: string;
  readonly env: NodeJS.ProcessEnv;
}

function makePlace(folder: string, name: string): Place {
  const workspace = join(folder, name, "workspace");
  const runtime = join(folder, name, "run");
  mkdirSync(workspace, { recursive: true });
  mkdirSync(runtime, { mode: 0o700 });
  writeFileSync(join(workspace, "index.js"), "exports.one = 1;\n");
  const home = join(folder, name, "home");
  const env = { ...process.env, AGENT_TEAM_HOME: home, XDG_RUNTIME_DIR: runtime };
  return { workspace, env: { ...env, AGENT_TEAM_MAX_PARALLEL: String(parallel) } };
}

async function parallelTasks(folder: string): Promise<Measurement[]> {
  const place = makePlace(folder, "parallel");
  const host = await startHost(place);
  const connection = await connect(place);
  const { workspaceId, seq: sinceSeq } = connection.host;
  // Once: each subscription is sent every entry.
  await connection.request("state/subscribe", { workspaceId, sinceSeq }, new AbortController().signal);
  const timers: number[] = [];
  const runs: { wallMs: number; cpuMs: number }[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      timers.push(await bareTimers());
      runs.push(await oneRun(connection, host));
    }
  } finally {
    connection.dispose();
    await stop(host);
  }
  // The first round compiles what the others run.
  const warm = runs.slice(1);
  return [
    {
      name: `${parallel} tasks of one ${latencyMs} ms call at once, start of the first to end of the last`,
      value: median(warm.map((each) => each.wallMs)),
      unit: "ms",
      baseline: { name: "bare timers", value: median(timers) },
      limit: latencyMs + 50,
    },
    {
      name: "CPU of the host for each",
      value: median(warm.map((each) => each.cpuMs)) / parallel,
      unit: "ms",
      limit: 1,
    },
  ];
}

async function bareTimers(): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, () => new Promise((resolve) => setTimeout(resolve, latencyMs))),
  );
  return performance.now() - startedAt;
}

function script(): string {
  const tasks = Array.from({ length: parallel }, (_, index) => {
    return { taskId: `t-w${index}`, agentType: "back-end-coder", task: `work ${index}`, complexity: 1 };
  });
  const plan = { toolCalls: [{ name: "plan_tasks", input: { tasks } }] };
  return JSON.stringify({
    format: 1,
    latencyMs,
    agents: { "team-leader": [plan], "back-end-coder": [{ text: "done" }] },
  });
}

async function oneRun(
  connection: HostConnection,
  host: ChildProcess,
): Promise<{ wallMs: number; cpuMs: number }> {
  const { workspaceId } = connection.host;
  const times: { started: number[]; finished: number[] } = { started: [], finished: [] };
  let cpuMs = 0;
  const ended = new Promise<void>((resolve) => {
    const listening = connection.onNotification("state/event", ({ entry }) => {
      if (isTask(entry, "task.started")) {
        if (times.started.length === 0) cpuMs = cpuOf(host);
        times.started.push(Date.parse(entry.time));
      }
      if (isTask(entry, "task.finished")) {
        times.finished.push(Date.parse(entry.time));
        if (times.finished.length === parallel) cpuMs = cpuOf(host) - cpuMs;
      }
      if (entry.type !== "run.waiting" && entry.type !== "run.finished") return;
      listening.dispose();
      resolve();
    });
  });
  const signal = new AbortController().signal;
  const request = {
    goal: "do it",
    provider: "scripted" as const,
    profile: "change" as const,
    approve: "auto" as const,
    trust: true,
    script: script(),
  };
  const { runId } = await connection.request("run/start", { workspaceId, request }, signal);
  await ended;
  await connection.request("run/cancel", { workspaceId, runId }, signal);
  return { wallMs: Math.max(...times.finished) - Math.min(...times.started), cpuMs };
}

function isTask({ type, taskId }: Entry, wanted: string): boolean {
  return type === wanted && (taskId ?? "").startsWith("t-w");
}

function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

const storedRuns = 100;
const tasksOfRun = 100;

/** A journal of 10,000 finished tasks: how long until a command has its first answer. */
async function fullStore(folder: string): Promise<Measurement[]> {
  const place = makePlace(folder, "full");
  await fillJournal(place);
  const list = (): number => {
    const startedAt = performance.now();
    execFileSync(process.execPath, [main, "runs", "list", "--workspace", place.workspace], {
      env: place.env,
      stdio: "pipe",
    });
    return performance.now() - startedAt;
  };
  const rebuilt = await firstAnswer(place);
  const first = await firstAnswer(place);
  const baseline = { name: "node -e 0", value: bareNode() };
  const name = `${storedRuns * tasksOfRun} finished tasks`;
  return [
    {
      name: `${name}: host start to first answer`,
      value: first,
      unit: "ms",
      baseline,
      limit: 1_000,
    },
    { name: `${name}: the same, view deleted`, value: rebuilt, unit: "ms", baseline },
    {
      name: `${name}: runs list`,
      value: median([list(), list(), list()]),
      unit: "ms",
      baseline,
      limit: 1_000,
    },
  ];
}

async function firstAnswer(place: Place): Promise<number> {
  const startedAt = performance.now();
  const host = await startHost(place);
  const connection = await connect(place);
  const { workspaceId } = connection.host;
  await connection.request("run/list", { workspaceId }, new AbortController().signal);
  const elapsed = performance.now() - startedAt;
  connection.dispose();
  await stop(host);
  return elapsed;
}

function bareNode(): number {
  const startedAt = performance.now();
  execFileSync(process.execPath, ["-e", "0"]);
  return performance.now() - startedAt;
}

async function fillJournal({ workspace, env }: Place): Promise<void> {
  const location = await locateWorkspace(workspace, env);
  mkdirSync(location.stateFolder, { recursive: true, mode: 0o700 });
  const journal = await openJournal({
    directory: location.stateFolder,
    workspaceId: location.workspaceId,
    actor: { kind: "system", id: "host", role: "host" },
    host: { version: "0.0.0", pid: process.pid, mode: "serve" },
    clock: systemClock,
    onListenerError: () => undefined,
  });
  for (let index = 0; index < storedRuns; index++) {
    await journal.append(draftsOf(`r-bench-${index}`), new AbortController().signal);
  }
  await journal.close("full");
}

const digest = "0".repeat(64);
const blob = { blob: digest, size: 10 };
const usage = { inputTokens: 1_000, outputTokens: 100, costUsd: 0.01 };

function draftsOf(runId: string): EventDraft[] {
  const actor = { kind: "agent", id: "back-end-coder-1", role: "back-end-coder" } as const;
  const of = (taskId: string) => ({ runId, taskId, actor });
  const tasks = Array.from({ length: tasksOfRun }, (_, index): EventDraft[] => {
    const taskId = `t-${index}`;
    const planned = {
      phase: "implementation",
      agentType: "back-end-coder",
      taskType: "implementation.code",
      complexity: 1,
      priority: 5,
      dependsOn: [] as string[],
      contextHash: digest,
      spec: blob,
      title: "Write code",
    } as const;
    const amount = { tokens: 1_100, usd: 0.01, modelCalls: 1 };
    const asked = { attempt: 1, turn: 1, model: "scripted", promptChecksum: digest, reserved: amount };
    const done = {
      agentId: actor.id,
      status: "done",
      executionTimeMs: 1,
      confidence: 1,
      result: blob,
      usage,
      summary: "done",
    } as const;
    return [
      { type: "task.planned", ...of(taskId), data: planned },
      { type: "task.started", ...of(taskId), data: { agentId: actor.id, attempt: 1 } },
      { type: "model.requested", ...of(taskId), data: asked },
      { type: "model.answered", ...of(taskId), data: { attempt: 1, turn: 1, message: blob, usage } },
      { type: "task.finished", ...of(taskId), data: done },
    ];
  });
  const created = { goal: blob, profile: "change", provider: "scripted" } as const;
  return [
    { type: "run.created", runId, actor, data: created },
    ...tasks.flat(),
    { type: "run.finished", runId, actor, data: { status: "done", exitCode: 0, report: null, usage } },
  ];
}

async function connect({ workspace, env }: Place): Promise<HostConnection> {
  const location = await locateWorkspace(workspace, env);
  const info = hostInfoSchema.parse(JSON.parse(readFileSync(location.hostInfoFile, "utf8")));
  const identity = { name: "bench", version: "0.0.0", workspaceId: location.workspaceId };
  return await connectToHost(info, identity, new AbortController().signal);
}

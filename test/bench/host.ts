import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alternate, type Measurement } from "./measure.ts";
import { main, startHost, stop } from "./serve-host.ts";

const root = join(import.meta.dirname, "..", "..");
const rounds = 7;
const restMs = 60_000;

/** Host start against bare Node, memory at rest after a run, size of the package. */
export async function run(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "at-bench-"));
  const place = makePlace(folder);
  try {
    const { a: host, b: node } = await alternate(rounds, () => hostStartMs(place), bareNodeMs);
    const start = {
      name: "host start to listening",
      value: host,
      unit: "ms",
      baseline: { name: "node -e 0", value: node },
    };
    return [start, await memoryAtRest(place), ...packageSize()];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  workspace: string;
  env: NodeJS.ProcessEnv;
}

function makePlace(folder: string): Place {
  const workspace = join(folder, "workspace");
  const runtime = join(folder, "run");
  mkdirSync(workspace);
  mkdirSync(runtime, { mode: 0o700 });
  for (let index = 0; index < 200; index++) {
    const text = `import { value${index + 1} } from "./file${index + 1}.ts";\nexport const value${index} = value${index + 1} + 1;\n`;
    writeFileSync(join(workspace, `file${index}.ts`), text);
  }
  const env = { ...process.env, AGENT_TEAM_HOME: join(folder, "home"), XDG_RUNTIME_DIR: runtime };
  return { workspace, env };
}

async function hostStartMs(place: Place): Promise<number> {
  const startedAt = performance.now();
  const child = await startHost(place);
  const elapsed = performance.now() - startedAt;
  await stop(child);
  return elapsed;
}

async function bareNodeMs(): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "exit");
  return performance.now() - startedAt;
}

/** Resident memory of the host a minute after a run of the analysis profile, against Node that only waits. */
async function memoryAtRest(place: Place): Promise<Measurement> {
  const host = await startHost(place);
  const bare = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
  try {
    const command = [main, "run", "Look at this", "--profile", "analysis", "--workspace", place.workspace];
    execFileSync(process.execPath, [...command, "--quiet"], { env: place.env, stdio: "pipe" });
    await sleep(restMs);
    return {
      name: `host memory ${restMs / 1_000} s after a run`,
      value: residentMiB(host),
      unit: "MiB",
      baseline: { name: "bare Node", value: residentMiB(bare) },
    };
  } finally {
    await Promise.all([stop(host), stop(bare)]);
  }
}

function packageSize(): Measurement[] {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const stats = statSync(join(root, "dist", `agent-team-${version}.vsix`), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return [{ name: "package", value: stats.size / 1024 / 1024, unit: "MiB", limit: 3 }];
}

function residentMiB({ pid }: ChildProcess): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}

import { readdirSync, readFileSync } from "node:fs";
import { waitUntil } from "./wait-until.ts";

export interface ProcessInfo {
  pid: number;
  /** The command line, its arguments joined by blanks. */
  command: string;
}

/** Live processes whose environment holds `variable=value`; the value is a fresh temp path, so they are ours. */
export function processesWith(variable: string, value: string): ProcessInfo[] {
  const wanted = `${variable}=${value}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const environment = readProc(name, "environ");
      if (!environment.split("\0").includes(wanted)) return [];
      return [{ pid: Number(name), command: readProc(name, "cmdline").split("\0").join(" ").trim() }];
    });
}

export function isAlive(pid: number): boolean {
  // A zombie still has a /proc entry and takes signals, but its work has ended.
  const state = /^State:\s+(\w)/m.exec(readProc(String(pid), "status"))?.[1];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Ends processes by their ids: SIGTERM, after a grace period SIGKILL; returns when they are gone. */
export async function endProcesses(pids: readonly number[], graceMs = 5_000): Promise<void> {
  const alive = () => pids.filter(isAlive);
  for (const pid of alive()) signal(pid, "SIGTERM");
  const areGone = () => alive().length === 0;
  await waitUntil(areGone, { what: "processes to end", limitMs: graceMs }).catch(() => {
    for (const pid of alive()) signal(pid, "SIGKILL");
  });
  await waitUntil(areGone, { what: `processes ${pids.join(", ")} to be gone`, limitMs: 5_000 });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended on its own in between.
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended, or belongs to someone else.
    return "";
  }
}

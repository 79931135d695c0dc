import { readdir, readFile } from "node:fs/promises";

// Linux only: it reads /proc. Elsewhere nothing is found.

/** A process as proc_pid_stat(5) has it. */
interface ProcessEntry {
  /** It runs, or could. False: it has ended, and only its parent has not asked yet. */
  readonly isAlive: boolean;
  readonly group: number;
}

/** What marks the processes of one command. */
export interface CommandMark {
  /** Id of the process group in which it began. */
  readonly group: number;
  /** `NAME=value` that only this command has in its environment. */
  readonly entry: string;
}

/** Null where there is no such process. */
export async function readProcess(pid: number): Promise<ProcessEntry | null> {
  try {
    // `pid (name) state ppid pgrp …`, and the name may hold anything.
    const status = await readFile(`/proc/${pid}/stat`, "latin1");
    const [state = "", , group] = status.slice(status.lastIndexOf(")") + 2).split(" ");
    return { isAlive: !["Z", "X", "x"].includes(state), group: Number(group) };
  } catch {
    // It ended meanwhile.
    return null;
  }
}

/**
 * Living processes of a command, also those that left its group; not one that left it and hid its environment.
 */
export async function findProcesses(mark: CommandMark): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isOf(pid, mark)) ? [pid] : [])));
  return found.flat();
}

async function isOf(pid: number, { group, entry }: CommandMark): Promise<boolean> {
  const found = await readProcess(pid);
  if (found === null || !found.isAlive) return false;
  return found.group === group || (await hasEntry(pid, entry));
}

async function hasEntry(pid: number, entry: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/environ`, "latin1")).split("\0").includes(entry);
  } catch {
    // Gone meanwhile, or another user's.
    return false;
  }
}

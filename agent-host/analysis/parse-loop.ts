import { setImmediate as nextTurn } from "node:timers/promises";
import { writeCurrentFile } from "./current-file.ts";
import { type Examination, examineFile } from "./examine-file.ts";
import type { Analyzers } from "./languages.ts";

const filesPerTake = 8;
const reportEveryMs = 40;

export interface ParseLoopOptions {
  readonly root: string;
  readonly paths: readonly string[];
  /** Shared by all threads: index of the next path nobody has taken. */
  readonly next: SharedArrayBuffer;
  readonly maxFileBytes: number;
  readonly analyzers: Analyzers;
  readonly current: SharedArrayBuffer;
  readonly take: (examinations: readonly Examination[]) => void;
}

/** Examines files until none are left, handing results over every few milliseconds. */
export async function parseLoop(options: ParseLoopOptions, signal: AbortSignal): Promise<void> {
  const { root, paths, analyzers, take } = options;
  const counter = new Int32Array(options.next);
  const limits = { maxFileBytes: options.maxFileBytes };
  let pending: Examination[] = [];
  let reportedMs = performance.now();
  for (;;) {
    const from = Atomics.add(counter, 0, filesPerTake);
    if (from >= paths.length) break;
    for (const path of paths.slice(from, from + filesPerTake)) {
      writeCurrentFile(options.current, path);
      pending.push(examineFile(root, path, { analyzers, limits }));
    }
    if (performance.now() - reportedMs < reportEveryMs) continue;
    take(pending);
    pending = [];
    await nextTurn();
    signal.throwIfAborted();
    reportedMs = performance.now();
  }
  if (pending.length > 0) take(pending);
}

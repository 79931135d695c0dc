import { driveRun } from "../support/kill-drive.ts";
import { KillKit } from "../support/kill-kit.ts";
import { FaultSummary, titleOf } from "./fault-summary.ts";
import { randomFrom } from "./random-kills.ts";

/** Calls to the kernel that change what is on disk or begin something, and how much more often than others they come. */
export const callKinds: Readonly<Record<string, number>> = {
  fdatasync: 1,
  fsync: 1,
  rename: 1,
  // Once, for the lock.
  link: 0,
  unlink: 1,
  mkdir: 1,
  rmdir: 1,
  "clone,clone3,vfork,fork": 1,
  write: 10,
  openat: 25,
};

export interface CallFaultOptions {
  readonly seed: number;
  /** Most kills at one kind of call. */
  readonly kills: number;
  /** Most calls that lie between one kill and the next; with 1 there are none. */
  readonly stride: number;
  /** Runs at the same time. */
  readonly lanes: number;
  /** The program; the sources if not given. */
  readonly main?: string;
  readonly onRun?: (title: string, summary: FaultSummary) => void;
}

/**
 * One run for each kind of call. Each of its commands is killed right before one such call, the next one some calls
 * further from its start, so that in the end every part of a start and of the work was cut. Needs strace.
 */
export async function killAtCalls(options: CallFaultOptions): Promise<FaultSummary> {
  const summary = new FaultSummary();
  const kinds = Object.keys(callKinds);
  const lane = async (): Promise<void> => {
    for (let kind = kinds.shift(); kind !== undefined; kind = kinds.shift())
      await walkOver(kind, options, summary);
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return summary;
}

async function walkOver(name: string, options: CallFaultOptions, summary: FaultSummary): Promise<void> {
  const { main, kills, onRun, seed } = options;
  const random = randomFrom(seed + name.length);
  const stride = Math.max(1, options.stride * (callKinds[name] ?? 1));
  const kit = await KillKit.make(main === undefined ? {} : { main });
  let nth = 0;
  let left = kills;
  try {
    const driven = await driveRun(kit, {
      nextKill: () => {
        if (left === 0) return null;
        nth += 1 + Math.floor(random() * stride);
        return { kind: "call", name, nth };
      },
      onSession: async ({ isKilled }) => {
        // One that came to its end had fewer calls: the next one is cut early again.
        if (isKilled) left -= 1;
        else nth = 0;
      },
    });
    const title = await titleOf(`before ${name}`, driven);
    summary.add(title, driven);
    onRun?.(title, summary);
  } finally {
    await kit.dispose();
  }
}

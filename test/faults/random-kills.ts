import { driveRun } from "../support/kill-drive.ts";
import { KillKit, type KillPoint } from "../support/kill-kit.ts";
import { FaultSummary, titleOf } from "./fault-summary.ts";

export interface FaultOptions {
  readonly seed: number;
  readonly kills: number;
  /** Runs at the same time. */
  readonly lanes: number;
  /** The program; the sources if not given. */
  readonly main?: string;
  /** What the workspace holds after a run that nobody killed; compared where it is given. */
  readonly files?: Readonly<Record<string, string>>;
  readonly onRun?: (name: string, summary: FaultSummary) => void;
}

const killsPerRun = 10;

/** Kills runs at random times, each up to ten times, until there were so many kills. */
export async function killAtRandomTimes(options: FaultOptions): Promise<FaultSummary> {
  const summary = new FaultSummary();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (summary.kills < options.kills) {
      next += 1;
      await killOneRun(`seed ${options.seed}, run ${next}`, options.seed * 10_000 + next, options, summary);
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return summary;
}

async function killOneRun(
  name: string,
  seed: number,
  { main, files, onRun }: FaultOptions,
  summary: FaultSummary,
): Promise<void> {
  const random = randomFrom(seed);
  const kit = await KillKit.make({
    ...(main === undefined ? {} : { main }),
    latencyMs: seed % 3 === 0 ? 20 : 0,
  });
  let left = killsPerRun;
  try {
    const driven = await driveRun(kit, {
      nextKill: () => {
        if (left === 0) return null;
        left -= 1;
        return randomPoint(random);
      },
    });
    const isSame = files === undefined || JSON.stringify(files) === JSON.stringify(driven.files);
    const problems = isSame ? driven.problems : [...driven.problems, "the workspace holds other files"];
    summary.add(await titleOf(name, driven), { ...driven, problems });
    onRun?.(name, summary);
  } catch (cause) {
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    await kit.dispose();
  }
}

/** Most kills fall where work is done, some where a host starts. */
function randomPoint(random: () => number): KillPoint {
  const whom = random() < 0.5 ? "host" : "group";
  if (random() < 0.2) return { kind: "time", from: "start", ms: random() * 700, whom };
  return { kind: "time", from: "news", ms: random() ** 2 * 700, whom };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

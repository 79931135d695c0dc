import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import { runKey } from "./change-uri.ts";
import type { FilePlaces, HunkPlace } from "./hunk-places.ts";
import { type Memory, RunMemory } from "./run-memory.ts";

const maxRuns = 20;
const maxHunks = 5_000;

/** What of each run's change a person marked as looked at. Kept over reload. */
export class KeptHunks {
  private readonly memory: RunMemory<readonly string[]>;
  private readonly changed: EventEmitter<RunRef>;

  constructor(memory: Memory, log: (error: unknown) => void) {
    this.memory = new RunMemory(memory, { key: "agentTeam.review.kept", maxEntries: maxRuns, read: texts });
    this.changed = new EventEmitter(log);
  }

  get onChange(): Event<RunRef> {
    return this.changed;
  }

  has(run: RunRef, { key }: Pick<HunkPlace, "key">): boolean {
    return this.memory.get(runKey(run))?.includes(key) ?? false;
  }

  async keep(run: RunRef, hunks: readonly Pick<HunkPlace, "key">[], isKept: boolean): Promise<void> {
    const named = new Set(hunks.map(({ key }) => key));
    const others = (this.memory.get(runKey(run)) ?? []).filter((key) => !named.has(key));
    const keys = isKept ? [...others, ...named].slice(-maxHunks) : others;
    await this.memory.set(runKey(run), keys.length === 0 ? undefined : keys);
    this.changed.emit(run);
  }

  count(run: RunRef, { hunks }: FilePlaces): { readonly reviewed: number; readonly total: number } {
    const kept = new Set(this.memory.get(runKey(run)));
    return { reviewed: hunks.filter(({ key }) => kept.has(key)).length, total: hunks.length };
  }
}

function texts(kept: unknown): readonly string[] | undefined {
  if (!Array.isArray(kept)) return undefined;
  return kept.filter((key): key is string => typeof key === "string").slice(-maxHunks);
}

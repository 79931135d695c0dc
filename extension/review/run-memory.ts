/** The part of the editor's memory of a workspace that is used. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/**
 * A value for each run (or gate), kept over reload and restart. Of more than `maxEntries` the one that was set the
 * longest ago goes. `read` makes a value of what an earlier version may have kept, or undefined.
 */
export class RunMemory<T> {
  private readonly memory: Memory;
  private readonly options: {
    readonly key: string;
    readonly maxEntries: number;
    read(kept: unknown): T | undefined;
  };
  private readonly entries = new Map<string, T>();

  constructor(memory: Memory, options: RunMemory<T>["options"]) {
    this.memory = memory;
    this.options = options;
    const kept = memory.get(options.key);
    if (!Array.isArray(kept)) return;
    for (const entry of kept) {
      if (!Array.isArray(entry) || typeof entry[0] !== "string") continue;
      const value = options.read(entry[1]);
      if (value !== undefined) this.entries.set(entry[0], value);
    }
  }

  get(name: string): T | undefined {
    return this.entries.get(name);
  }

  async set(name: string, value: T | undefined): Promise<void> {
    this.entries.delete(name);
    if (value !== undefined) this.entries.set(name, value);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.options.maxEntries) break;
      this.entries.delete(oldest);
    }
    await this.memory.update(this.options.key, [...this.entries]);
  }
}

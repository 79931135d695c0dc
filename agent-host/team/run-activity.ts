/** What needs an answer before anything can go on: called once each time that becomes so. */
export type OnHeldUp = (ids: readonly string[]) => void;

/**
 * Counts what of a run is under way and what of it waits for a person. When all that is under way waits, the run is
 * held up: nobody but a person can make it go on.
 */
export class RunActivity {
  private readonly onHeldUp: OnHeldUp;
  private readonly waits = new Map<string, "task" | "gate">();
  private working = 0;
  private told = "";
  private isChecking = false;

  constructor(onHeldUp: OnHeldUp) {
    this.onHeldUp = onHeldUp;
  }

  /** Counts `work` as under way until it ends. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.working += 1;
    try {
      return await work();
    } finally {
      this.working -= 1;
      this.check();
    }
  }

  /** Counts `answer` as waiting for a person until it ends. A gate waits by itself, an approval within a task. */
  async waitingFor<T>(id: string, kind: "task" | "gate", answer: () => Promise<T>): Promise<T> {
    this.waits.set(id, kind);
    this.check();
    try {
      return await answer();
    } finally {
      this.waits.delete(id);
      this.check();
    }
  }

  /** Looks after whatever is about to start has started. */
  private check(): void {
    if (this.isChecking) return;
    this.isChecking = true;
    setImmediate(() => {
      this.isChecking = false;
      const tasks = [...this.waits.values()].filter((kind) => kind === "task").length;
      const ids = this.waits.size > 0 && tasks >= this.working ? [...this.waits.keys()].sort() : [];
      const key = ids.join(" ");
      if (key !== this.told && ids.length > 0) this.onHeldUp(ids);
      this.told = key;
    });
  }
}

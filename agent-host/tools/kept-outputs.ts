const maxCharacters = 16 * 1_024 * 1_024;
const maxPerTask = 4;

interface Kept {
  readonly taskId: string;
  readonly text: string;
}

/** Long outputs, to be read in parts. All tasks of a run share one bound; what was kept first goes first. */
export class KeptOutputs {
  /** By id, oldest first. */
  private readonly texts = new Map<string, Kept>();
  private characters = 0;

  keep(taskId: string, id: string, text: string): void {
    const own = this.ids(taskId);
    for (const old of own.slice(0, Math.max(0, own.length + 1 - maxPerTask))) this.drop(old);
    this.texts.set(id, { taskId, text });
    this.characters += text.length;
    for (const old of [...this.texts.keys()]) {
      if (this.characters <= maxCharacters || this.texts.size === 1) break;
      this.drop(old);
    }
  }

  text(taskId: string, id: string): string | null {
    const kept = this.texts.get(id);
    return kept?.taskId === taskId ? kept.text : null;
  }

  ids(taskId: string): string[] {
    return [...this.texts].filter(([, kept]) => kept.taskId === taskId).map(([id]) => id);
  }

  forget(taskId: string): void {
    for (const id of this.ids(taskId)) this.drop(id);
  }

  private drop(id: string): void {
    this.characters -= this.texts.get(id)?.text.length ?? 0;
    this.texts.delete(id);
  }
}

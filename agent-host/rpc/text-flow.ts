/** Text of one task as it comes, from its model or from a command that runs for it. */
export interface TextNote {
  readonly runId: string;
  readonly taskId: string;
  readonly source: "model" | "command";
  readonly text: string;
}

export interface TextFlowOptions {
  send(note: TextNote): void;
  /** Bytes that were sent and that the client has not taken yet. */
  backlogBytes(): number;
  monotonicMs(): number;
  /** Calls `act` after `ms`; the result calls it off. */
  later(act: () => void, ms: number): () => void;
}

/** A client this far behind gets no more text until it has caught up. */
export const textBacklogBytes = 256 * 1_024;
/** Most text of one note, in bytes of UTF-8. */
export const maxNoteBytes = 16 * 1_024;
const gatherMs = 15;
const retryMs = 100;
const maxTasks = 256;

interface Pending {
  readonly runId: string;
  readonly taskId: string;
  readonly source: TextNote["source"];
  text: string;
  /** Characters left out before `text`, because the client is too slow. */
  leftOut: number;
}

/**
 * Gathers streamed text for one client: the first word after a pause goes at once, what follows within 15 ms goes
 * together. A client that is behind gets the newest text of each task later, with a mark for what is missing.
 */
export class TextFlow {
  private readonly options: TextFlowOptions;
  private readonly pending = new Map<string, Pending>();
  private callOff: (() => void) | null = null;
  private sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: TextFlowOptions) {
    this.options = options;
  }

  add(note: TextNote): void {
    if (note.text === "") return;
    const key = keyOf(note);
    // One after the other, as they came.
    if ((this.pending.get(key)?.source ?? note.source) !== note.source) this.flushKey(key);
    const { runId, taskId, source } = note;
    const known = this.pending.get(key);
    const lost = known === undefined ? 0 : known.leftOut + known.text.length;
    const pending = known?.source === source ? known : { runId, taskId, source, text: "", leftOut: lost };
    pending.text += note.text;
    this.pending.set(key, pending);
    if (this.pending.size > maxTasks) this.forgetOldest();
    const isIdle = this.callOff === null && this.options.monotonicMs() - this.sentAtMs >= gatherMs;
    if (isIdle || pending.text.length >= maxNoteBytes) this.flushKey(key);
    if (this.pending.size > 0) this.flushLater(gatherMs);
  }

  /** Sends what waits of this task, so that an entry which follows from it does not come first. */
  flushTask(task: { runId: string; taskId: string }): void {
    this.flushKey(keyOf(task));
  }

  dispose(): void {
    this.callOff?.();
    this.callOff = null;
    this.pending.clear();
  }

  private flushLater(ms: number): void {
    this.callOff ??= this.options.later(() => {
      this.callOff = null;
      for (const key of [...this.pending.keys()]) this.flushKey(key);
      if (this.pending.size > 0) this.flushLater(retryMs);
    }, ms);
  }

  private flushKey(key: string): void {
    const pending = this.pending.get(key);
    if (pending === undefined) return;
    const { runId, taskId, source } = pending;
    while (pending.text !== "") {
      if (this.options.backlogBytes() > textBacklogBytes) {
        keepNewest(pending);
        return;
      }
      const mark = markOf(pending.leftOut);
      const part = firstPart(pending.text, maxNoteBytes - mark.length * 3);
      pending.text = pending.text.slice(part.length);
      pending.leftOut = 0;
      this.sentAtMs = this.options.monotonicMs();
      this.options.send({ runId, taskId, source, text: mark + part });
    }
    this.pending.delete(key);
  }

  private forgetOldest(): void {
    const [oldest] = this.pending.keys();
    if (oldest !== undefined) this.pending.delete(oldest);
  }
}

function keyOf({ runId, taskId }: { runId: string; taskId: string }): string {
  return `${runId} ${taskId}`;
}

function keepNewest(pending: Pending): void {
  const tooMany = pending.text.length - maxNoteBytes / 4;
  if (tooMany <= 0) return;
  const cut = isPairAt(pending.text, tooMany) ? tooMany + 1 : tooMany;
  pending.text = pending.text.slice(cut);
  pending.leftOut += cut;
}

function markOf(leftOut: number): string {
  return leftOut === 0 ? "" : `\n[… ${leftOut} characters left out: this window was behind …]\n`;
}

/** As much of the beginning as fits, without cutting a character in two. */
function firstPart(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  // At most three bytes for each unit of UTF-16.
  const end = Math.floor(maxBytes / 3);
  return text.slice(0, isPairAt(text, end) ? end - 1 : end);
}

/** Whether a cut at `index` would part the two halves of one character. */
function isPairAt(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  return before >= 0xd800 && before < 0xdc00;
}

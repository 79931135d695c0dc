import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { EditorSession } from "../../../../agent-host/rpc/editors.ts";

/** A window that answers from a table. */
export class FakeWindow implements EditorSession {
  isEditor = true;
  readonly client = { name: "vscode", version: "1" };
  readonly asked: { method: string; params: unknown; limitMs: number }[] = [];
  private readonly closing = new AbortController();
  private readonly answers: Readonly<Record<string, (params: never) => unknown>>;
  private readonly listeners = new Set<(note: never) => void>();

  constructor(answers: Readonly<Record<string, (params: never) => unknown>> = {}) {
    this.answers = answers;
  }

  get signal(): AbortSignal {
    return this.closing.signal;
  }

  readonly request: EditorSession["request"] = async (method, params, limitMs) => {
    this.asked.push({ method, params, limitMs });
    const answer = this.answers[method];
    if (answer === undefined) throw new HostError("rpc.timeout", "no answer");
    return (await answer(params as never)) as never;
  };

  readonly onNotification: EditorSession["onNotification"] = (_name, listener) => {
    this.listeners.add(listener as (note: never) => void);
    return { dispose: () => void this.listeners.delete(listener as (note: never) => void) };
  };

  get listening(): number {
    return this.listeners.size;
  }

  tell(note: unknown): void {
    for (const listener of this.listeners) listener(note as never);
  }

  close(): void {
    this.closing.abort(new HostError("rpc.closed", "The connection is closed"));
  }
}

import type { HostConnection } from "../../agent-host/client/host-connection.ts";
import { HostError } from "../../agent-host/core/host-error.ts";
import type { DeliveredEntry, Method } from "../../agent-host/protocol/methods.ts";
import { workspaceId } from "./run-fixture.ts";

type Answers = { readonly [M in Method]?: (params: never) => unknown };

/** A host that answers from a table, remembers what it was asked, and tells what a test lets happen. */
export class FakeHost implements HostConnection {
  readonly host = {
    protocol: 1,
    workspaceId,
    host: { version: "0.0.0", pid: 1, startedAt: "2026-03-04T10:00:00.000Z" },
    seq: 0,
  };
  readonly requests: { method: Method; params: unknown }[] = [];
  private readonly answers: Answers;
  private readonly listeners = new Map<string, Set<(params: never) => void>>();
  private readonly closers = new Set<() => void>();

  constructor(answers: Answers) {
    this.answers = answers;
  }

  readonly request: HostConnection["request"] = async (method, params, signal) => {
    signal.throwIfAborted();
    this.requests.push({ method, params });
    const answer = this.answers[method] as ((params: unknown) => unknown) | undefined;
    if (answer === undefined) throw new HostError("rpc.failed", `the test's host does not answer ${method}`);
    return (await answer(params)) as never;
  };

  readonly onNotification: HostConnection["onNotification"] = (name, listener) => {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return { dispose: () => void all.delete(listener) };
  };

  notify(): void {}

  onRequest(): { dispose(): void } {
    return { dispose: () => undefined };
  }

  onClose(listener: () => void): { dispose(): void } {
    this.closers.add(listener);
    return { dispose: () => void this.closers.delete(listener) };
  }

  dispose(): void {}

  /** Sends the entries to whoever subscribed. */
  tell(...entries: readonly DeliveredEntry[]): void {
    for (const { entry, texts } of entries) {
      for (const listener of this.listeners.get("state/event") ?? [])
        listener({ workspaceId, entry, texts } as never);
    }
  }

  /** Goes away. */
  close(): void {
    for (const closer of this.closers) closer();
  }

  /** The params of all requests of a method. */
  asked(method: Method): unknown[] {
    return this.requests.filter((each) => each.method === method).map(({ params }) => params);
  }
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { HostConnection } from "../../../../agent-host/client/host-connection.ts";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import type { DeliveredEntry } from "../../../../agent-host/protocol/methods.ts";
import { summaryOf } from "../../../../agent-host/protocol/state/fold-run.ts";
import type { RunState } from "../../../../agent-host/protocol/state/schemas.ts";
import { CrashLoop, hostCrashLimits } from "../../../../extension/host/crash-loop.ts";
import { type FolderEvent, FolderSession } from "../../../../extension/host/folder-session.ts";
import {
  delivered,
  fold,
  runId,
  working,
  workingEntries,
  workspaceId,
} from "../../../support/run-fixture.ts";

const signal = new AbortController().signal;

/** A host with a journal; answers to `run/show` wait until the test sends them. */
class FakeHost {
  journal: DeliveredEntry[] = [];
  listed: RunState[] = [];
  subscriptions: number[] = [];
  readonly shows: { answer(run: RunState): void }[] = [];
  private listeners: ((event: DeliveredEntry & { workspaceId: string }) => void)[] = [];
  private closeListeners: (() => void)[] = [];

  get seq(): number {
    return this.journal.at(-1)?.entry.seq ?? 0;
  }

  connect(): HostConnection {
    const host = { version: "1", pid: 1, startedAt: "2026-01-01T00:00:00.000Z" };
    return {
      host: { protocol: 1, workspaceId, host, seq: this.seq },
      request: (method, params) => this.answer(method, params as { sinceSeq?: number }) as Promise<never>,
      onNotification: (name, listener) => {
        if (name === "state/event") this.listeners.push(listener as (typeof this.listeners)[number]);
        return { dispose: () => undefined };
      },
      notify: () => undefined,
      onRequest: () => ({ dispose: () => undefined }),
      onClose: (listener) => {
        this.closeListeners.push(listener);
        return { dispose: () => undefined };
      },
      dispose: () => undefined,
    };
  }

  send(...entries: readonly DeliveredEntry[]): void {
    this.journal.push(...entries);
    for (const each of entries) for (const listener of this.listeners) listener({ workspaceId, ...each });
  }

  drop(): void {
    this.listeners = [];
    for (const listener of this.closeListeners.splice(0)) listener();
  }

  private async answer(method: string, { sinceSeq = 0 }: { sinceSeq?: number }): Promise<unknown> {
    if (method === "state/subscribe") {
      this.subscriptions.push(sinceSeq);
      return { replay: this.journal.filter(({ entry }) => entry.seq > sinceSeq), seq: this.seq };
    }
    if (method === "run/list") return { runs: this.listed.map(summaryOf), total: this.listed.length };
    return await new Promise((resolve) => this.shows.push({ answer: (run) => resolve({ run }) }));
  }
}

function sessionOf(host: FakeHost) {
  const events: FolderEvent[] = [];
  const info = {
    endpoint: "x",
    token: "0".repeat(64),
    pid: 1,
    version: "1",
    startedAt: "",
    mode: "editor" as const,
  };
  const session = new FolderSession({
    workspaceId,
    name: "shop",
    folder: "/shop",
    logFile: "/log",
    port: {
      find: async () => ({ ...info, protocol: { min: 1, max: 1 } }),
      connect: async () => host.connect(),
      spawn: async () => ({ ...info, protocol: { min: 1, max: 1 } }),
    },
    clock: { ...systemClock, sleep: async () => undefined },
    crashLoop: new CrashLoop(hostCrashLimits),
    onConnection: async () => undefined,
    tries: 3,
    log: () => undefined,
  });
  session.events.subscribe((event) => events.push(event));
  return { session, events };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

describe("FolderSession", () => {
  it("folds what the host sends to what the host has", async () => {
    const host = new FakeHost();
    const { session } = sessionOf(host);
    await session.link.attach();
    host.send(...workingEntries);
    expect(session.state.details.get(runId)).toEqual(working);
  });

  it("loses nothing when the answer to a look at a run is older than entries that came before it", async () => {
    const host = new FakeHost();
    const { session } = sessionOf(host);
    await session.link.attach();
    const looked = session.run(runId, signal);
    await settled();
    host.send(...workingEntries);
    host.shows[0]?.answer(fold(workingEntries.slice(0, 1)));
    expect(await looked).toEqual(working);
    expect(session.state.details.get(runId)).toEqual(working);
  });

  it("loses nothing when the answer is newer than the entries that came", async () => {
    const host = new FakeHost();
    const { session } = sessionOf(host);
    await session.link.attach();
    const looked = session.run(runId, signal);
    await settled();
    host.send(...workingEntries.slice(0, 3));
    host.shows[0]?.answer(working);
    await looked;
    host.send(...workingEntries.slice(3));
    expect(session.state.details.get(runId)).toEqual(working);
  });

  it("asks once for a run that many look at", async () => {
    const host = new FakeHost();
    const { session } = sessionOf(host);
    await session.link.attach();
    const looks = [session.run(runId, signal), session.run(runId, signal)];
    await settled();
    expect(host.shows).toHaveLength(1);
    host.shows[0]?.answer(working);
    expect(await Promise.all(looks)).toEqual([working, working]);
  });

  it("does not bring a run back that was deleted while its state was on the way", async () => {
    const host = new FakeHost();
    const { session } = sessionOf(host);
    await session.link.attach();
    const looked = session.run(runId, signal);
    await settled();
    host.send(delivered(20, "run.deleted", {}));
    host.shows[0]?.answer(working);
    await looked;
    expect(session.state.runs.size).toBe(0);
  });

  it("goes on after its last entry when the connection drops", async () => {
    const host = new FakeHost();
    const { session, events } = sessionOf(host);
    await session.link.attach();
    host.send(...workingEntries.slice(0, 5));
    host.drop();
    host.journal.push(...workingEntries.slice(5));
    await settled();
    expect(host.subscriptions).toEqual([0, 5]);
    expect(session.state.details.get(runId)).toEqual(working);
    const seen = events.flatMap((event) => (event.kind === "entry" ? [event.delivered.entry.seq] : []));
    expect(seen).toEqual(workingEntries.map(({ entry }) => entry.seq));
  });

  it("reads unfinished runs whole when it joins a host that has them", async () => {
    const host = new FakeHost();
    host.journal = [...workingEntries];
    host.listed = [working];
    const { session } = sessionOf(host);
    const joined = session.link.attach();
    await settled();
    host.shows[0]?.answer(working);
    await joined;
    expect(host.subscriptions).toEqual([13]);
    expect(session.state.details.get(runId)).toEqual(working);
  });
});

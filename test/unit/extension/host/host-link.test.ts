import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { HostConnection } from "../../../../agent-host/client/host-connection.ts";
import type { Clock } from "../../../../agent-host/core/clock.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { HostInfo } from "../../../../agent-host/protocol/host-info.ts";
import { CrashLoop, hostCrashLimits } from "../../../../extension/host/crash-loop.ts";
import { HostLink, type LinkState } from "../../../../extension/host/host-link.ts";
import type { HostPort } from "../../../../extension/host/host-port.ts";
import { workspaceId } from "../../../support/run-fixture.ts";

const info: HostInfo = {
  endpoint: "/tmp/none.sock",
  token: "0".repeat(64),
  pid: 1,
  version: "1",
  protocol: { min: 1, max: 1 },
  startedAt: "2026-01-01T00:00:00.000Z",
  mode: "editor",
};
const signal = new AbortController().signal;

/** A connection whose host can be made to close or to die. */
class FakeConnection implements HostConnection {
  readonly host = {
    protocol: 1,
    workspaceId,
    host: { version: "1", pid: 1, startedAt: info.startedAt },
    seq: 0,
  };
  readonly requests: string[] = [];
  private readonly closeListeners = new Set<() => void>();
  private closing: ((params: { workspaceId: string; reason: string }) => void) | undefined;
  isDisposed = false;

  async request(method: string): Promise<never> {
    this.requests.push(method);
    if (method === "host/stop") queueMicrotask(() => this.close("stopped"));
    return {} as never;
  }

  onNotification(name: string, listener: (params: never) => void): { dispose(): void } {
    if (name === "host/closing") this.closing = listener as typeof this.closing;
    return { dispose: () => undefined };
  }

  notify(): void {}

  onRequest(): { dispose(): void } {
    return { dispose: () => undefined };
  }

  onClose(listener: () => void): { dispose(): void } {
    this.closeListeners.add(listener);
    return { dispose: () => this.closeListeners.delete(listener) };
  }

  dispose(): void {
    this.isDisposed = true;
  }

  close(reason: string): void {
    this.closing?.({ workspaceId, reason });
    this.die();
  }

  die(): void {
    for (const listener of [...this.closeListeners]) listener();
  }
}

/** A machine with at most one host, and a clock that only `pass` moves. */
class FakeMachine implements HostPort {
  isLive = false;
  isPublished = false;
  spawns = 0;
  spawnError: HostError | null = null;
  /** Starts that end at once because a dying host still holds the lock. */
  heldStarts = 0;
  connections: FakeConnection[] = [];
  private sleepers: (() => void)[] = [];
  private nowMs = 0;
  readonly sleptMs: number[] = [];
  readonly clock: Clock = {
    now: () => new Date(this.nowMs),
    monotonicMs: () => this.nowMs,
    sleep: (ms) => {
      this.sleptMs.push(ms);
      return new Promise((resolve) => this.sleepers.push(resolve));
    },
  };

  async find(): Promise<HostInfo | null> {
    return this.isPublished ? info : null;
  }

  async connect(): Promise<HostConnection> {
    if (!this.isLive) throw new HostError("host.unreachable", "No host listens");
    const connection = new FakeConnection();
    this.connections.push(connection);
    return connection;
  }

  async spawn(): Promise<HostInfo> {
    this.spawns += 1;
    if (this.spawnError !== null) throw this.spawnError;
    if (this.heldStarts > 0) {
      this.heldStarts -= 1;
      return info;
    }
    this.isLive = true;
    this.isPublished = true;
    return info;
  }

  get newest(): FakeConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("nothing is connected");
    return connection;
  }

  /** `kill -9`: what it published stays. */
  kill(): void {
    this.isLive = false;
    this.newest.die();
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const wake of this.sleepers.splice(0)) wake();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

function linkTo(machine: FakeMachine, more: { isNeeded?: boolean } = {}) {
  const states: LinkState["kind"][] = [];
  const link = new HostLink({
    port: machine,
    clock: machine.clock,
    crashLoop: new CrashLoop(hostCrashLimits),
    tries: 3,
    onOpen: async () => undefined,
    onState: (state) => states.push(state.kind),
    isNeeded: () => more.isNeeded ?? false,
    log: () => undefined,
  });
  return { link, states };
}

describe("HostLink.attach", () => {
  it("joins a live host and starts none", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    await link.attach();
    expect(link.state.kind).toBe("idle");
    machine.isLive = machine.isPublished = true;
    await link.attach();
    expect(link.state.kind).toBe("live");
    expect(machine.spawns).toBe(0);
  });

  it("stays idle beside what a dead host published", async () => {
    const machine = new FakeMachine();
    machine.isPublished = true;
    const { link } = linkTo(machine);
    await link.attach();
    expect(link.state.kind).toBe("idle");
    expect(machine.spawns).toBe(0);
  });
});

describe("HostLink.connection", () => {
  it("starts one host for many who ask at once", async () => {
    const machine = new FakeMachine();
    const { link, states } = linkTo(machine);
    const [one, other] = await Promise.all([link.connection(signal), link.connection(signal)]);
    expect(one).toBe(other);
    expect(machine.spawns).toBe(1);
    expect(states).toEqual(["connecting", "live"]);
  });

  it("hands on why a host does not start, and can be asked again", async () => {
    const machine = new FakeMachine();
    machine.spawnError = new HostError("host.startFailed", "It printed nothing");
    const { link } = linkTo(machine);
    await expect(link.connection(signal)).rejects.toMatchObject({ code: "host.startFailed" });
    expect(link.state.kind).toBe("idle");
    machine.spawnError = null;
    await link.connection(signal);
    expect(link.state.kind).toBe("live");
  });

  it("leaves off when the caller gives up, and still gets live for the next one", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    const caller = new AbortController();
    const asked = link.connection(caller.signal);
    caller.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await settled();
    expect(link.state.kind).toBe("live");
  });
});

describe("a host that goes away", () => {
  it("is replaced after a pause when it died", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    await link.connection(signal);
    machine.kill();
    await settled();
    expect(link.view).toMatchObject({ kind: "retrying", attempt: 1, of: 3 });
    await machine.pass(250);
    expect(link.state.kind).toBe("live");
    expect(machine.spawns).toBe(2);
  });

  it("is not replaced when it said that it closes and no run needs it", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    await link.connection(signal);
    machine.isLive = machine.isPublished = false;
    machine.newest.close("idle");
    await settled();
    expect(link.state.kind).toBe("idle");
    expect(machine.spawns).toBe(1);
  });

  it("is replaced at once when it closes and a run has no end", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine, { isNeeded: true });
    await link.connection(signal);
    machine.isLive = machine.isPublished = false;
    machine.newest.close("the terminal ended");
    await settled();
    expect(link.state.kind).toBe("live");
    expect(machine.sleptMs).toEqual([]);
    expect(machine.spawns).toBe(2);
  });

  it("is given up after three deaths in five minutes, until a person restarts it", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    await link.connection(signal);
    for (const pauseMs of [250, 1_000]) {
      machine.kill();
      await settled();
      await machine.pass(pauseMs);
      expect(link.state.kind).toBe("live");
    }
    machine.kill();
    await settled();
    expect(link.state).toMatchObject({ kind: "stopped", problem: { code: "host.crashLoop" } });
    await expect(link.connection(signal)).rejects.toMatchObject({ code: "host.stopped" });
    await link.restart(signal);
    expect(link.state.kind).toBe("live");
    expect(machine.spawns).toBe(4);
  });

  it("counts a replacement that does not start as a death, and names the reason", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    await link.connection(signal);
    machine.spawnError = new HostError("host.startFailed", "The disk is full");
    machine.kill();
    await settled();
    await machine.pass(250);
    await machine.pass(1_000);
    expect(link.view).toMatchObject({ kind: "stopped" });
    expect(link.view.kind === "stopped" && link.view.message).toContain("The disk is full");
  });
});

describe("a start lock that a dying host still holds", () => {
  it("is waited for and is no death", async () => {
    const machine = new FakeMachine();
    machine.heldStarts = 2;
    const { link, states } = linkTo(machine);
    const asked = link.connection(signal);
    await settled();
    await machine.pass(500);
    await machine.pass(500);
    await asked;
    expect(machine.spawns).toBe(3);
    expect(states).toEqual(["connecting", "live"]);
  });

  it("is not waited for without end", async () => {
    const machine = new FakeMachine();
    machine.heldStarts = 100;
    const { link } = linkTo(machine);
    const asked = link.connection(signal);
    asked.catch(() => undefined);
    for (let attempt = 0; attempt < 10; attempt++) {
      await settled();
      await machine.pass(500);
    }
    await expect(asked).rejects.toMatchObject({ code: "host.unreachable" });
    expect(machine.spawns).toBe(8);
  });
});

describe("HostLink.restart", () => {
  it("ends the live host and starts another, without taking that for a death", async () => {
    const machine = new FakeMachine();
    const { link, states } = linkTo(machine, { isNeeded: true });
    await link.connection(signal);
    const before = machine.newest;
    const restarted = link.restart(signal);
    machine.isPublished = false;
    await restarted;
    expect(before.requests).toContain("host/stop");
    expect(machine.newest).not.toBe(before);
    expect(states).toEqual(["connecting", "live", "idle", "connecting", "live"]);
  });
});

describe("HostLink.dispose", () => {
  it("closes the connection, and nothing is started any more", async () => {
    const machine = new FakeMachine();
    const { link } = linkTo(machine);
    await link.connection(signal);
    link.dispose();
    expect(machine.newest.isDisposed).toBe(true);
    await expect(link.connection(signal)).rejects.toMatchObject({ code: "host.linkClosed" });
    expect(machine.spawns).toBe(1);
  });
});

import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../agent-host/core/clock.ts";
import { Hub, type Outgoing } from "../../../../agent-host/hub/router.ts";
import type { AgentMessage } from "../../../../agent-host/protocol/message.ts";

function hub(): { hub: Hub; dead: string[] } {
  const dead: string[] = [];
  let next = 0;
  const made = new Hub({
    clock: systemClock,
    newId: () => `m-${next++}`,
    queueLimit: 2,
    onDeadLetter: (message, reason) => dead.push(`${message.correlationId}: ${reason}`),
  });
  return { hub: made, dead };
}

function message(change: Partial<Outgoing> = {}): Outgoing {
  return {
    sender: "leader",
    recipient: "agent",
    type: "task.assign",
    payload: {},
    correlationId: "c",
    requiresAck: true,
    priority: 5,
    ...change,
  };
}

const never = new AbortController().signal;

describe("Hub", () => {
  it("resolves a send once the receiver has acknowledged", async () => {
    const { hub: router } = hub();
    const got: AgentMessage[] = [];
    router.attach("agent", (each) => void got.push(each));
    await router.send(message({ correlationId: "x" }), never);
    expect(got.map((each) => each.correlationId)).toEqual(["x"]);
  });

  it("tries again when the receiver throws, and then gives up with a dead letter", async () => {
    const { hub: router, dead } = hub();
    let tries = 0;
    router.attach("agent", () => {
      tries += 1;
      throw new Error("not now");
    });
    await expect(router.send(message(), never)).rejects.toMatchObject({ code: "hub.undelivered" });
    expect(tries).toBe(5);
    expect(dead).toEqual(["c: not now"]);
  });

  it("delivers once when a later try succeeds", async () => {
    const { hub: router, dead } = hub();
    let tries = 0;
    router.attach("agent", () => {
      tries += 1;
      if (tries < 3) throw new Error("not yet");
    });
    await router.send(message(), never);
    expect([tries, dead]).toEqual([3, []]);
  });

  it("refuses at once when nobody is attached", async () => {
    const { hub: router, dead } = hub();
    await expect(router.send(message(), never)).rejects.toMatchObject({ code: "hub.noReceiver" });
    expect(dead).toEqual(["c: no receiver"]);
  });

  it("refuses a second receiver under one address", () => {
    const { hub: router } = hub();
    router.attach("agent", () => undefined);
    expect(() => router.attach("agent", () => undefined)).toThrow(/attached already/);
  });

  it("hands over one message at a time, highest priority first", async () => {
    const { hub: router } = hub();
    const got: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    router.attach("agent", async (each) => {
      if (got.length === 0) {
        got.push(each.correlationId);
        await held;
        return;
      }
      got.push(each.correlationId);
    });
    const sends = [
      router.send(message({ correlationId: "first", priority: 1 }), never),
      router.send(message({ correlationId: "low", priority: 1 }), never),
      router.send(message({ correlationId: "high", priority: 10 }), never),
    ];
    release();
    await Promise.all(sends);
    expect(got).toEqual(["first", "high", "low"]);
  });

  it("rejects what waits when its receiver goes away", async () => {
    const { hub: router } = hub();
    const attachment = router.attach("agent", () => new Promise(() => undefined));
    const sent = router.send(message(), never);
    attachment.dispose();
    await expect(sent).rejects.toMatchObject({ code: "hub.detached" });
  });
});

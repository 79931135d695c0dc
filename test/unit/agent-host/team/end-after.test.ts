import { describe, expect, it } from "vitest";
import { disposable } from "../../../../agent-host/core/disposable.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { EventDraft } from "../../../../agent-host/protocol/events.ts";
import { endAfter } from "../../../../agent-host/team/end-after.ts";
import { RunLog } from "../../../../agent-host/team/run-log.ts";
import { pauseBy } from "../../../../agent-host/team/run-stop.ts";
import { runId, working } from "../../../support/run-fixture.ts";

const full = new HostError("journal.full", "The disk is full");

function logOf(append: (drafts: readonly EventDraft[]) => void): RunLog {
  const journal = {
    append: async (drafts: readonly EventDraft[]) => {
      append(drafts);
      return [];
    },
    subscribe: () => disposable(() => undefined),
  };
  const blobs = { put: async () => ({ blob: "a".repeat(64), size: 1 }), get: async () => Buffer.alloc(0) };
  return new RunLog({ runId, journal, blobs, state: working, signal: new AbortController().signal });
}

function refusing(): never {
  throw full;
}

describe("a run that stops where the disk takes nothing", () => {
  it.each([
    ["by its failure", full, AbortSignal.any([])],
    ["as it is paused", pauseBy("asked", "later"), AbortSignal.abort(pauseBy("asked", "later"))],
    ["as it cannot tell that it waits", full, AbortSignal.abort(full)],
  ])("tells those who follow it: %s", async (_, error, signal) => {
    const told: HostError[] = [];
    const given = { signal, onStopped: (problem: HostError) => void told.push(problem) };
    await expect(endAfter(logOf(refusing), error, given)).rejects.toBe(full);
    expect(told).toEqual([full]);
  });

  it("is paused in words where there is room, and nobody is alarmed", async () => {
    const types: string[] = [];
    const log = logOf((drafts) => types.push(...drafts.map(({ type }) => type)));
    const stop = pauseBy("asked", "later");
    const given = { signal: AbortSignal.abort(stop), onStopped: refusing };
    await endAfter(log, stop, given);
    expect(types).toEqual(["run.paused"]);
  });
});

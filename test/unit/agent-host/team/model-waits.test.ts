import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { RunSummary } from "../../../../agent-host/protocol/run.ts";
import { ModelWaits } from "../../../../agent-host/team/model-waits.ts";

interface Waits {
  readonly waits: ModelWaits;
  readonly resumed: string[];
  readonly failed: string[];
}

function waitsOf(runs: readonly Partial<RunSummary>[], refuse: readonly string[] = []): Waits {
  const resumed: string[] = [];
  const failed: string[] = [];
  const waits = new ModelWaits({
    store: { listRuns: async () => ({ runs: runs as RunSummary[], total: runs.length }) },
    runs: {
      isLive: (runId) => resumed.includes(runId),
      resume: async (runId) => {
        await Promise.resolve();
        if (refuse.includes(runId)) throw new HostError("run.live", "busy");
        resumed.push(runId);
        return { seq: 1 };
      },
    },
    onError: (runId) => failed.push(runId),
  });
  return { waits, resumed, failed };
}

const waiting = { pauseCause: "model", finishedAt: null, provider: "anthropic" } as const;

describe("runs that wait for a model", () => {
  it("go on once, also where the same comes twice at once", async () => {
    const { waits, resumed, failed } = waitsOf([{ ...waiting, runId: "r-a" }]);
    await Promise.all([waits.goOn(["anthropic"]), waits.goOn(["anthropic"])]);
    expect(resumed).toEqual(["r-a"]);
    expect(failed).toEqual([]);
  });

  it("do not keep each other from it", async () => {
    const runs = [
      { ...waiting, runId: "r-a" },
      { ...waiting, runId: "r-b" },
    ];
    const { waits, resumed, failed } = waitsOf(runs, ["r-a"]);
    await waits.goOn(["anthropic"]);
    expect(resumed).toEqual(["r-b"]);
    expect(failed).toEqual(["r-a"]);
  });

  it("are those of the provider, that were not paused by a person and have not ended", async () => {
    const { waits, resumed } = waitsOf([
      { ...waiting, runId: "r-asked", pauseCause: "asked" },
      { ...waiting, runId: "r-ended", finishedAt: "2026-01-01T00:00:00.000Z" },
      { ...waiting, runId: "r-other" },
      { ...waiting, runId: "r-window", provider: "vscode" },
    ]);
    await waits.goOn(["vscode"]);
    expect(resumed).toEqual(["r-window"]);
  });
});

import { describe, expect, it } from "vitest";
import { EndpointLimiter } from "../../../../../agent-host/models/limits/endpoint-limiter.ts";
import { limited } from "../../../../../agent-host/models/limits/limited.ts";
import type { ModelAnswer, ModelRequest } from "../../../../../agent-host/models/model.ts";
import { modelOf } from "../../../../support/team-run.ts";
import { ManualClock } from "../../journal/journal-fixture.ts";

const request: ModelRequest = {
  agentType: "back-end-coder",
  taskType: "implementation.code",
  system: "",
  messages: [],
  tools: [],
  maxOutputTokens: 10,
};

const endless = async (): Promise<ModelAnswer> => await new Promise<never>(() => undefined);

describe("a call that waits for its endpoint", () => {
  it("costs nothing when it is given up, as nobody was asked", async () => {
    const limiter = new EndpointLimiter({ clock: new ManualClock(), start: 1, max: 1 });
    const model = limited(modelOf([endless, endless]), limiter);
    const stop = new AbortController();
    void model.answer(request, () => undefined, new AbortController().signal);
    const waiting = model.answer(request, () => undefined, stop.signal);
    expect(limiter.status()).toMatchObject({ open: 1, queued: 1 });
    stop.abort(new Error("paused"));
    await expect(waiting).rejects.toMatchObject({ code: "model.notAsked", retry: "free", usage: null });
  });

  it("is given up with the signal's reason once it was asked", async () => {
    const limiter = new EndpointLimiter({ clock: new ManualClock() });
    const stop = new AbortController();
    const asked = modelOf([
      async () => {
        stop.abort(new Error("paused"));
        throw stop.signal.reason;
      },
    ]);
    const asking = limited(asked, limiter).answer(request, () => undefined, stop.signal);
    await expect(asking).rejects.toThrow("paused");
  });
});

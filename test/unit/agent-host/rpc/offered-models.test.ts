import { describe, expect, it } from "vitest";
import type { OfferedModel, OfferedRequest } from "../../../../agent-host/protocol/offered-model.ts";
import { OfferedModels } from "../../../../agent-host/rpc/offered-models.ts";
import { FakeWindow } from "./editor-fixture.ts";

const never = new AbortController().signal;
const request: OfferedRequest = { modelId: "m-1", system: "", messages: [], tools: [], maxOutputTokens: 10 };
const answer = {
  message: { role: "assistant", text: "Hello", toolCalls: [], stop: "endTurn" },
  inputTokens: 3,
  outputTokens: 1,
} as const;

function model(id: string): OfferedModel {
  return { id, vendor: "v", family: "f", name: id, maxInputTokens: 1_000 };
}

describe("models of windows", () => {
  it("are those of all windows, each once, the last offer of each", () => {
    const models = new OfferedModels();
    const [one, other] = [new FakeWindow(), new FakeWindow()];
    models.offer(one, [model("m-0")]);
    models.offer(one, [model("m-1"), model("m-2")]);
    models.offer(other, [model("m-1"), model("m-3")]);
    expect(models.offered().map(({ id }) => id)).toEqual(["m-1", "m-2", "m-3"]);
  });

  it("tell when there is one that was not there before", () => {
    let times = 0;
    const models = new OfferedModels({ onOffer: () => (times += 1) });
    const [one, other] = [new FakeWindow(), new FakeWindow()];
    models.offer(one, [model("m-1")]);
    models.offer(other, [model("m-1")]);
    models.offer(other, []);
    expect(times).toBe(1);
    one.close();
    models.offer(other, [model("m-1")]);
    expect(times).toBe(2);
  });

  it("go with their window", () => {
    const models = new OfferedModels();
    const window = new FakeWindow();
    models.offer(window, [model("m-1")]);
    window.close();
    expect(models.offered()).toEqual([]);
    models.offer(window, [model("m-1")]);
    expect(models.offered()).toEqual([]);
  });

  it("answer through the window that offers them, with their text as it comes", async () => {
    const models = new OfferedModels();
    const heard: string[] = [];
    const window: FakeWindow = new FakeWindow({
      "model/answer": ({ callId }: { callId: string }) => {
        window.tell({ callId: "another", text: "not this" });
        window.tell({ callId, text: "Hel" });
        window.tell({ callId, text: "lo" });
        return answer;
      },
    });
    const other = new FakeWindow();
    models.offer(other, [model("m-2")]);
    models.offer(window, [model("m-1")]);
    expect(await models.answer(request, (text) => heard.push(text), never)).toEqual(answer);
    expect(heard).toEqual(["Hel", "lo"]);
    expect(window.asked).toMatchObject([{ method: "model/answer", params: { request } }]);
    expect([other.asked.length, window.listening]).toEqual([0, 0]);
  });

  it("fail with model.noWindow where no window has them, and where it goes in the middle", async () => {
    const models = new OfferedModels();
    await expect(models.answer(request, () => undefined, never)).rejects.toMatchObject({
      code: "model.noWindow",
    });
    const window: FakeWindow = new FakeWindow({
      "model/answer": () => {
        window.close();
        throw window.signal.reason;
      },
    });
    models.offer(window, [model("m-1")]);
    await expect(models.answer(request, () => undefined, never)).rejects.toMatchObject({
      code: "model.noWindow",
    });
    expect(window.listening).toBe(0);
  });

  it("pass on that a call is no longer wanted", async () => {
    const models = new OfferedModels();
    const stop = new AbortController();
    const window = new FakeWindow({
      "model/answer": () => {
        stop.abort(new Error("enough"));
        throw stop.signal.reason;
      },
    });
    models.offer(window, [model("m-1")]);
    await expect(models.answer(request, () => undefined, stop.signal)).rejects.toThrow("enough");
  });
});

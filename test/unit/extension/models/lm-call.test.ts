import { describe, expect, it } from "vitest";
import type { OfferedRequest } from "../../../../agent-host/protocol/offered-model.ts";
import { callModel, offerOf } from "../../../../extension/models/lm-call.ts";
import { fakeModel, parts, text, toolCall } from "./lm-fixture.ts";

const never = new AbortController().signal;
const request: OfferedRequest = {
  modelId: "m-1",
  system: "You are careful.",
  messages: [{ role: "user", text: "Do it" }],
  tools: [{ name: "read_file", description: "Reads a file", inputSchema: { type: "object" } }],
  maxOutputTokens: 1_000,
};

function call(model: ReturnType<typeof fakeModel>, signal = never) {
  const heard: string[] = [];
  const answer = callModel(
    { model, request, justification: "why", onText: (each) => heard.push(each) },
    parts,
    signal,
  );
  return { heard, answer };
}

describe("a call of the editor's model", () => {
  it("becomes text as it comes, calls of tools, and counts of the model's own", async () => {
    const model = fakeModel({
      stream: [text("I "), text("look."), toolCall("c-1", "read_file", { path: "a.ts" }), { kind: "later" }],
      count: (content) => content.length,
    });
    const { heard, answer } = call(model);
    expect(await answer).toMatchObject({
      message: {
        role: "assistant",
        text: "I look.",
        toolCalls: [{ id: "c-1", name: "read_file", input: { path: "a.ts" } }],
        stop: "toolUse",
      },
      inputTokens: expect.any(Number),
      outputTokens: 'I look.[{"id":"c-1","name":"read_file","input":{"path":"a.ts"}}]'.length,
    });
    expect(heard).toEqual(["I ", "look."]);
    expect(model.asked[0]?.options).toEqual({ justification: "why", tools: request.tools });
  });

  it("ends its turn with words alone, also where the model cannot count", async () => {
    const { answer } = call(fakeModel({ stream: [text("Done.")] }));
    expect(await answer).toEqual({
      message: { role: "assistant", text: "Done.", toolCalls: [], stop: "endTurn" },
      inputTokens: null,
      outputTokens: null,
    });
  });

  it.each([
    [{ name: "LanguageModelError", code: "NoPermissions", message: "no" }, "model.notAllowed"],
    [{ name: "LanguageModelError", code: "Blocked", message: "no" }, "model.refused"],
    [{ name: "LanguageModelError", code: "NotFound", message: "no" }, "model.unknown"],
    [{ code: "Unknown", message: "failed", cause: { message: "Rate limit exceeded" } }, "model.rateLimited"],
    [{ code: "ChatQuotaExceeded", message: "no" }, "model.quota"],
    [{ message: "Response got filtered" }, "model.refused"],
    [{ message: "fetch failed" }, "model.unreachable"],
    [{ message: "something else" }, "model.failed"],
  ])("says in our words why it failed: %j", async (fault, code) => {
    const model = fakeModel({
      stream: [
        text("I "),
        () => {
          throw Object.assign(new Error(fault.message), fault);
        },
      ],
    });
    expect(await call(model).answer).toEqual({ code, problem: fault.message });
  });

  it("is called off in the editor when nobody wants it any more", async () => {
    const stop = new AbortController();
    let cancelled = false;
    const model = fakeModel({
      stream: [
        (token: { isCancellationRequested: boolean }) => {
          stop.abort(new Error("enough"));
          cancelled = token.isCancellationRequested;
          throw new Error("Canceled");
        },
      ],
    });
    await expect(call(model, stop.signal).answer).rejects.toThrow("enough");
    expect(cancelled).toBe(true);
  });
});

describe("what a window offers", () => {
  it("leaves out what cannot be named or read to, and cuts long words", () => {
    const models = [
      fakeModel({ stream: [], more: { name: "n".repeat(300), maxInputTokens: 10.5 } }),
      fakeModel({ stream: [], more: { id: "" } }),
      fakeModel({ stream: [], more: { id: "x", maxInputTokens: 0 } }),
    ];
    expect(offerOf(models)).toEqual([
      { id: "m-1", vendor: "v", family: "f", name: "n".repeat(200), maxInputTokens: 10 },
    ]);
  });
});

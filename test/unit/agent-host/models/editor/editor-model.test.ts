import { describe, expect, it } from "vitest";
import { HostError } from "../../../../../agent-host/core/host-error.ts";
import { editorModel } from "../../../../../agent-host/models/editor/editor-model.ts";
import type { EditorModels } from "../../../../../agent-host/models/editor/editor-models.ts";
import type { ModelRequest } from "../../../../../agent-host/models/model.ts";
import type { AssistantMessage } from "../../../../../agent-host/protocol/conversation.ts";
import {
  type OfferedAnswer,
  type OfferedRequest,
  offeredRequestSchema,
} from "../../../../../agent-host/protocol/offered-model.ts";

const { signal } = new AbortController();
const offered = { id: "five", vendor: "copilot", family: "five", name: "Five", maxInputTokens: 64_000 };
const said: AssistantMessage = { role: "assistant", text: "Hello there", toolCalls: [], stop: "endTurn" };

const request: ModelRequest = {
  agentType: "tester",
  taskType: "verification.check",
  system: "Be brief.",
  messages: [
    { role: "user", text: "Say hello" },
    {
      role: "assistant",
      text: "",
      toolCalls: [{ id: "t1", name: "read_file", input: { path: "a" } }],
      stop: "toolUse",
      blocks: [{ type: "thinking", signature: "s" }],
    },
    { role: "tool", results: [{ toolCallId: "t1", text: "a", isError: false }] },
  ],
  tools: [{ name: "read_file", description: "Reads", inputSchema: { type: "object" } }],
  maxOutputTokens: 500,
};

class FakeEditors implements EditorModels {
  asked: OfferedRequest[] = [];
  isThere = true;
  next: (onText: (text: string) => void) => Promise<OfferedAnswer> = async () => ({
    message: said,
    inputTokens: 120,
    outputTokens: 7,
  });

  offered() {
    return this.isThere ? [offered] : [];
  }

  async answer(asked: OfferedRequest, onText: (text: string) => void): Promise<OfferedAnswer> {
    this.asked.push(asked);
    return await this.next(onText);
  }
}

const ask = async (editors: FakeEditors, texts: string[] = []) =>
  await editorModel("five", editors).answer(request, (text) => texts.push(text), signal);

describe("a model of the editor", () => {
  it("is asked in words that every editor knows, and counts what the editor counted", async () => {
    const editors = new FakeEditors();
    editors.next = async (onText) => {
      onText("Hello");
      return { message: said, inputTokens: 120, outputTokens: 7 };
    };
    const texts: string[] = [];
    const answer = await ask(editors, texts);
    expect(answer).toEqual({
      message: { ...said, model: "vscode:five" },
      usage: { inputTokens: 120, outputTokens: 7, costUsd: null },
    });
    expect(texts).toEqual(["Hello"]);
    const [sent] = editors.asked;
    expect(offeredRequestSchema.parse(sent)).toEqual(sent);
    expect(sent).toMatchObject({ modelId: "five", system: "Be brief.", maxOutputTokens: 500 });
    expect(JSON.stringify(sent)).not.toContain("signature");
  });

  it("has its tokens estimated where the editor counts none", async () => {
    const editors = new FakeEditors();
    editors.next = async () => ({ message: said, inputTokens: null, outputTokens: null });
    const { usage } = await ask(editors);
    expect(usage.inputTokens).toBeGreaterThan(10);
    expect(usage.outputTokens).toBeGreaterThan(1);
    const worst = editorModel("five", editors).worstCase(request);
    expect(worst.costUsd).toBeNull();
    expect(worst.tokens).toBeGreaterThan(usage.inputTokens + request.maxOutputTokens);
  });

  it("reads as much as the window says, as long as there is one", () => {
    const editors = new FakeEditors();
    const model = editorModel("five", editors);
    expect(model.contextTokens).toBe(64_000);
    editors.isThere = false;
    expect(model.contextTokens).toBeNull();
  });

  it("is waited for where no window offers it, for nothing is paid yet", async () => {
    const editors = new FakeEditors();
    editors.isThere = false;
    await expect(ask(editors)).rejects.toMatchObject({
      code: "model.noWindow",
      retry: "free",
      retryAfterMs: 10_000,
      hint: expect.stringContaining("Open the folder in VS Code"),
    });
    expect(editors.asked).toEqual([]);
  });

  it("may have been paid where the window goes away in the middle", async () => {
    const editors = new FakeEditors();
    editors.next = () => Promise.reject(new HostError("model.noWindow", "gone"));
    await expect(ask(editors)).rejects.toMatchObject({ code: "model.noWindow", retry: "paid" });
    editors.next = () => Promise.reject(new HostError("rpc.badAnswer", "no answer"));
    await expect(ask(editors)).rejects.toMatchObject({ code: "model.cut", retry: "paid" });
  });

  it.each([
    ["model.quota", "never"],
    ["model.notAllowed", "never"],
    ["model.unreachable", "free"],
    ["model.failed", "paid"],
    ["model.rateLimited", "free"],
    ["model.cut", "paid"],
    ["model.somethingNew", "never"],
  ])("says with %s whether asking again may help", async (code, retry) => {
    const editors = new FakeEditors();
    editors.next = async () => ({ code, problem: "No" });
    await expect(ask(editors)).rejects.toMatchObject({
      code,
      retry,
      message: "No",
      hint: expect.any(String),
    });
  });

  it("cannot fail with a code of something else", async () => {
    const editors = new FakeEditors();
    editors.next = async () => ({ code: "journal.full", problem: "No" });
    await expect(ask(editors)).rejects.toMatchObject({ code: "model.refused" });
  });

  it("is not asked once the signal has aborted", async () => {
    const editors = new FakeEditors();
    const asked = editorModel("five", editors).answer(request, () => undefined, AbortSignal.abort());
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(editors.asked).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../agent-host/core/digest.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { createBlobStore } from "../../../../agent-host/journal/blob-store.ts";
import type { JournalQuery } from "../../../../agent-host/journal/entry-reader.ts";
import { openJournalReadOnly } from "../../../../agent-host/journal/journal-reader.ts";
import { maxItemCharacters } from "../../../../agent-host/protocol/conversation-item.ts";
import type { Entry } from "../../../../agent-host/protocol/journal.ts";
import { createReadOnlyStore } from "../../../../agent-host/store/journal-store.ts";
import { Conversations } from "../../../../agent-host/team/conversation.ts";
import { writeLongConversation } from "../../../support/long-conversation.ts";
import { delivered, runId, working } from "../../../support/run-fixture.ts";
import { temporaryFolder, workspaceId } from "../journal/journal-fixture.ts";

const never = new AbortController().signal;
const usage = { inputTokens: 100, outputTokens: 10, costUsd: 0.01 };
const taskId = Object.keys(working.tasksById)[0] ?? "";

/** A run whose entries and texts the test makes up. */
class Made {
  readonly entries: Entry[] = [];
  readonly texts = new Map<string, string>();
  readonly blobReads: string[] = [];
  readonly queries: JournalQuery[] = [];
  private seq = working.lastSeq;

  get conversations(): Conversations {
    const store = {
      runState: async (name: string) =>
        name === runId ? { ...working, lastSeq: Math.max(working.lastSeq, this.seq) } : null,
    };
    const journal = {
      head: { seq: this.seq, hash: "0".repeat(64) },
      read: async (query: JournalQuery) => {
        this.queries.push(query);
        return this.entries.filter(({ seq }) => seq > (query.afterSeq ?? 0));
      },
    };
    const blobs = {
      get: async (_run: string, name: string) => {
        this.blobReads.push(name);
        const text = this.texts.get(name);
        if (text === undefined) throw new HostError("blob.missing", "gone");
        return Buffer.from(text);
      },
    };
    return new Conversations({ journal, store, blobs });
  }

  add(type: string, data: Record<string, unknown>, of = taskId): void {
    this.seq += 1;
    this.entries.push(delivered(this.seq, type, data, { taskId: of }).entry);
  }

  keep(value: unknown): { blob: string; size: number } {
    const text = JSON.stringify(value);
    this.texts.set(sha256(text), text);
    return { blob: sha256(text), size: text.length };
  }

  asked(turn: number, said: string[], more: { attempt?: number; of?: string } = {}): void {
    const { attempt = 1, of = taskId } = more;
    const words = said.length === 0 ? {} : { said: this.keep(said.map((text) => ({ role: "user", text }))) };
    const reserved = { tokens: 1, usd: 0, modelCalls: 1 };
    this.add(
      "model.requested",
      { attempt, turn, model: "anthropic:sonnet", promptChecksum: "a".repeat(64), reserved, ...words },
      of,
    );
  }

  answered(
    turn: number,
    text: string,
    calls: string[] = [],
    more: { attempt?: number; of?: string } = {},
  ): void {
    const { attempt = 1, of = taskId } = more;
    const toolCalls = calls.map((id) => ({ id, name: "read_file", input: { path: id } }));
    const stop = calls.length === 0 ? "endTurn" : "toolUse";
    const message = this.keep({ role: "assistant", text, toolCalls, stop });
    this.add("model.answered", { attempt, turn, message, usage }, of);
  }

  result(effectId: string, toolCallId: string, text: string, isError = false): void {
    const result = this.keep({ toolCallId, text, isError });
    this.add("effect.completed", { effectId, tool: "read_file", result, isError, durationMs: 1 });
  }
}

describe("what a task said and heard", () => {
  it("comes in order, of all attempts: words, answers with their calls, results", async () => {
    const made = new Made();
    made.asked(1, ["Do it", "And soon"]);
    made.asked(1, ["Something else"], { of: "t-other" });
    made.answered(1, "I look.", ["a", "b"]);
    made.result("e-1", "b", "second", true);
    made.result("e-2", "a", "first");
    made.asked(2, []);
    made.answered(2, "Done.");
    made.asked(1, ["Once more"], { attempt: 2 });
    const { total, messages } = await made.conversations.read({ runId, taskId }, { limit: 100 }, never);
    expect(total).toBe(6);
    expect(messages.map(({ index, attempt, role, text }) => [index, attempt, role, text])).toEqual([
      [0, 1, "user", "Do it\n\nAnd soon"],
      [1, 1, "assistant", "I look."],
      [2, 1, "tool", "second"],
      [3, 1, "tool", "first"],
      [4, 1, "assistant", "Done."],
      [5, 2, "user", "Once more"],
    ]);
    expect(messages[1]).toMatchObject({
      model: "anthropic:sonnet",
      usage,
      toolCalls: [
        { id: "a", name: "read_file", input: '{\n  "path": "a"\n}' },
        { id: "b", name: "read_file" },
      ],
    });
    expect(messages[2]).toMatchObject({ toolCallId: "b", isError: true });
  });

  it("has a failed call in its place, and what is journaled twice once", async () => {
    const made = new Made();
    made.asked(1, ["Do it"]);
    made.add("model.answered", { attempt: 1, turn: 1, usage, problem: "model.overloaded" });
    made.asked(1, ["Do it"]);
    made.answered(1, "Yes.", ["a"]);
    made.result("e-1", "a", "taken");
    made.result("e-1", "a", "taken again");
    const { messages } = await made.conversations.read({ runId, taskId }, { limit: 100 }, never);
    expect(messages.map(({ role, text, isError }) => [role, text, isError ?? false])).toEqual([
      ["user", "Do it", false],
      ["assistant", "model.overloaded", true],
      ["assistant", "Yes.", false],
      ["tool", "taken again", false],
    ]);
  });

  it("is read page by page, and only the words of the page", async () => {
    const made = new Made();
    for (let turn = 1; turn <= 30; turn += 1) made.answered(turn, `Answer ${turn}`);
    const { conversations } = made;
    const newest = await conversations.read({ runId, taskId }, { limit: 5 }, never);
    expect(newest.messages.map(({ index, text }) => [index, text])).toEqual(
      [26, 27, 28, 29, 30].map((turn) => [turn - 1, `Answer ${turn}`]),
    );
    expect(made.blobReads).toHaveLength(5);
    const before = await conversations.read({ runId, taskId }, { before: 2, limit: 5 }, never);
    expect(before.messages.map(({ index }) => index)).toEqual([0, 1]);
    expect((await conversations.read({ runId, taskId }, { before: 0, limit: 5 }, never)).messages).toEqual(
      [],
    );
    expect(before.total).toBe(30);
  });

  it("reads the journal on from where it was, and not at all while nothing comes", async () => {
    const made = new Made();
    made.answered(1, "One");
    const { conversations } = made;
    await conversations.read({ runId, taskId }, { limit: 5 }, never);
    await conversations.read({ runId, taskId }, { limit: 5 }, never);
    expect(made.queries).toHaveLength(1);
    made.answered(2, "Two");
    const [page, other] = await Promise.all([
      conversations.read({ runId, taskId }, { limit: 5 }, never),
      conversations.read({ runId, taskId }, { limit: 5 }, never),
    ]);
    expect([page.total, other.total]).toEqual([2, 2]);
    expect(made.queries.map(({ afterSeq }) => afterSeq)).toEqual([working.firstSeq - 1, working.lastSeq + 1]);
  });

  it("leaves out the rest of a long text, and says how much", async () => {
    const made = new Made();
    made.answered(1, "x".repeat(maxItemCharacters + 17));
    const { messages } = await made.conversations.read({ runId, taskId }, { limit: 1 }, never);
    expect(messages[0]?.text).toMatch(/x\n\[… 17 characters left out …\]$/);
  });

  it("shows the others where one text is lost", async () => {
    const made = new Made();
    made.asked(1, ["Lost"]);
    made.texts.clear();
    made.answered(1, "Here");
    const { messages } = await made.conversations.read({ runId, taskId }, { limit: 5 }, never);
    expect(messages.map(({ text, isError }) => [text, isError ?? false])).toEqual([
      ["This text cannot be read (blob.missing).", true],
      ["Here", false],
    ]);
  });

  it("is empty for a task that asked no model, and refused for one that there is not", async () => {
    const { conversations } = new Made();
    expect(await conversations.read({ runId, taskId }, { limit: 5 }, never)).toEqual({
      total: 0,
      messages: [],
    });
    await expect(conversations.read({ runId, taskId: "t-none" }, { limit: 5 }, never)).rejects.toMatchObject({
      code: "task.unknown",
    });
    await expect(conversations.read({ runId: "r-none", taskId }, { limit: 5 }, never)).rejects.toMatchObject({
      code: "run.unknown",
    });
  });

  it("is found in a journal on disk with runs beside it", async () => {
    const directory = await temporaryFolder();
    const long = { directory, workspaceId, runId: "r-long-1", taskId: "t-part" };
    await writeLongConversation({ ...long, messages: 60 });
    const journal = await openJournalReadOnly({ directory });
    const blobs = createBlobStore({ directory });
    const store = createReadOnlyStore({ journal, blobs, directory, isLive: () => false });
    const conversations = new Conversations({ journal, blobs, store });
    const { total, messages } = await conversations.read(long, { limit: 3 }, never);
    expect(total).toBe(60);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(messages[1]?.text).toBe("Turn 20: I look at the next part.");
  });
});

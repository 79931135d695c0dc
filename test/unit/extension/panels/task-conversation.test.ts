import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import type { ConversationItem } from "../../../../agent-host/protocol/conversation-item.ts";
import type { ToTaskView } from "../../../../agent-host/protocol/task-view.ts";
import { TaskConversation } from "../../../../extension/panels/task-conversation.ts";
import { delivered, runId, workspaceId } from "../../../support/run-fixture.ts";

const taskId = "t-bye";
const settledSoon = () => new Promise((resolve) => setImmediate(resolve));

/** A page that is told things, and a host that has so many messages. */
function following() {
  const sent: ToTaskView[] = [];
  const problems: unknown[] = [];
  const timers: (() => void)[] = [];
  const host = { total: 0, asked: [] as { before?: number; limit: number }[], isAway: false };
  const conversation = new TaskConversation({
    ref: { workspaceId, runId, taskId },
    session: () => ({
      request: (async (_method: string, params: { before?: number; limit: number }) => {
        host.asked.push(params);
        if (host.isAway) throw new HostError("rpc.closed", "gone");
        const end = Math.min(params.before ?? host.total, host.total);
        const start = Math.max(0, end - params.limit);
        const messages = Array.from({ length: end - start }, (_, at) => item(start + at));
        return { total: host.total, messages };
      }) as never,
    }),
    send: (message) => sent.push(message),
    onProblem: (error) => problems.push(error),
    later: (act) => {
      timers.push(act);
      return () => timers.splice(timers.indexOf(act), 1);
    },
  });
  const pass = async (): Promise<void> => {
    for (const act of timers.splice(0)) act();
    await settledSoon();
  };
  const entry = (type: string, of = taskId): void =>
    conversation.follow({ kind: "entry", delivered: delivered(50, type, {}, { taskId: of }) });
  const text = (words: string, of = taskId): void =>
    conversation.follow({
      kind: "text",
      text: { workspaceId, runId, taskId: of, source: "model", text: words },
    });
  return { conversation, sent, problems, host, timers, pass, entry, text };
}

function item(index: number): ConversationItem {
  return { index, seq: index, time: "", attempt: 1, role: "assistant", text: `text ${index}` };
}

const shape = (message: ToTaskView) =>
  message.kind === "messages"
    ? [message.total, message.messages[0]?.index, message.messages.length, message.settled]
    : message.kind === "text"
      ? [message.part, message.text]
      : message.kind;

describe("a task's conversation on its way to the page", () => {
  it("is asked for before the page is there, and sent when it is", async () => {
    const { conversation, sent, host } = following();
    host.total = 250;
    conversation.prefetch();
    await settledSoon();
    expect(sent).toEqual([]);
    await conversation.begin();
    expect(sent.map(shape)).toEqual([[250, 150, 100, -1]]);
    expect(host.asked).toHaveLength(1);
    await conversation.page(150);
    expect(sent.map(shape)).toEqual([
      [250, 150, 100, -1],
      [250, 50, 100, -1],
    ]);
  });

  it("brings what became durable between the question and the page", async () => {
    const { conversation, sent, host, entry, pass } = following();
    host.total = 1;
    conversation.prefetch();
    await settledSoon();
    host.total = 3;
    entry("model.answered");
    await conversation.begin();
    await pass();
    expect(sent.map(shape)).toEqual([
      [1, 0, 1, -1],
      [3, 0, 3, 0],
    ]);
  });

  it("sends text as it comes, in parts that end with the message they became", async () => {
    const { conversation, sent, host, entry, text, pass } = following();
    await conversation.begin();
    text("Hel");
    text("lo");
    text("not mine", "t-other");
    host.total = 1;
    entry("model.answered");
    text("Next");
    await pass();
    expect(sent.map(shape)).toEqual([
      [0, undefined, 0, -1],
      [0, "Hel"],
      [0, "lo"],
      [1, "Next"],
      [1, 0, 1, 0],
    ]);
  });

  it("asks once for all that became durable in a moment, and once more for what came meanwhile", async () => {
    const { conversation, sent, host, entry, pass, timers } = following();
    await conversation.begin();
    host.total = 2;
    entry("model.requested");
    entry("model.answered");
    entry("permission.decided");
    entry("effect.completed", "t-other");
    expect(timers).toHaveLength(1);
    for (const act of timers.splice(0)) act();
    host.total = 3;
    entry("effect.completed");
    await settledSoon();
    await pass();
    expect(sent.slice(1).map(shape)).toEqual([
      [2, 0, 2, 1],
      [3, 0, 3, 2],
    ]);
  });

  it("leaves no gap when many messages came at once", async () => {
    const { conversation, sent, host, entry, pass } = following();
    host.total = 10;
    await conversation.begin();
    host.total = 200;
    entry("model.answered");
    await pass();
    const last = sent.at(-1);
    expect(last === undefined ? null : shape(last)).toEqual([200, 0, 200, 0]);
  });

  it("keeps text that came before the page was there, as far as it is not durable yet", async () => {
    const { conversation, sent, entry, text } = following();
    conversation.prefetch();
    text("old");
    entry("model.answered");
    text("new");
    await conversation.begin();
    expect(sent.map(shape)).toEqual([
      [0, undefined, 0, -1],
      [1, "new"],
    ]);
  });

  it("tells a problem, and looks again when the next message becomes durable", async () => {
    const { conversation, sent, problems, host, entry, pass } = following();
    await conversation.begin();
    host.isAway = true;
    entry("model.answered");
    await pass();
    expect(problems).toMatchObject([{ code: "rpc.closed" }]);
    host.isAway = false;
    host.total = 1;
    conversation.follow({ kind: "reset" });
    await pass();
    expect(sent.map(shape).at(-1)).toEqual([1, 0, 1, 1]);
  });

  it("asks for nothing more once its tab is closed", async () => {
    const { conversation, entry, timers } = following();
    await conversation.begin();
    entry("model.answered");
    conversation.dispose();
    expect(timers).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../agent-host/core/digest.ts";
import { disposable } from "../../../../agent-host/core/disposable.ts";
import type { Entry } from "../../../../agent-host/protocol/journal.ts";
import { RunLog } from "../../../../agent-host/team/run-log.ts";
import { effectIdOf } from "../../../../agent-host/team/task-desk.ts";
import { readTaskHistory, type TaskHistory } from "../../../../agent-host/team/task-history.ts";
import { delivered, runId, working } from "../../../support/run-fixture.ts";

const never = new AbortController().signal;
const taskId = "t-code";
const usage = { inputTokens: 1, outputTokens: 1, costUsd: 0 };

/** What was kept beside the journal, by name. */
class Kept {
  readonly texts = new Map<string, string>();

  ref(value: unknown): { blob: string; size: number } {
    const text = JSON.stringify(value);
    this.texts.set(sha256(text), text);
    return { blob: sha256(text), size: text.length };
  }
}

async function historyOf(kept: Kept, entries: readonly Entry[]): Promise<TaskHistory> {
  const log = new RunLog({
    runId,
    journal: { append: async () => [], subscribe: () => disposable(() => undefined) },
    blobs: {
      put: async () => kept.ref(""),
      get: async (_, name) => Buffer.from(kept.texts.get(name) ?? ""),
    },
    state: working,
    signal: never,
  });
  const journal = { read: async () => [...entries] };
  const ids = (turn: number, index: number): string => effectIdOf(taskId, 1, turn, index);
  return await readTaskHistory({ journal, log, taskId, attempt: 1, effectIdOf: ids }, never);
}

function turnWith(kept: Kept, tool: string, isError: boolean): Entry[] {
  const message = {
    role: "assistant",
    text: "",
    toolCalls: [{ id: "c1", name: tool, input: {} }],
    stop: "toolUse",
  };
  const said = kept.ref([{ role: "user", text: "Do it" }]);
  const requested = {
    attempt: 1,
    turn: 1,
    model: "m",
    promptChecksum: "a".repeat(64),
    reserved: amount,
    said,
  };
  const result = kept.ref({ toolCallId: "c1", text: "so", isError });
  const completed = { effectId: "e-code-1-1-0", tool, result, isError, durationMs: 0 };
  return [
    delivered(20, "model.requested", requested, { taskId }),
    delivered(21, "model.answered", { attempt: 1, turn: 1, message: kept.ref(message), usage }, { taskId }),
    delivered(22, "effect.completed", completed, { taskId }),
  ].map(({ entry }) => entry);
}

const amount = { tokens: 1, usd: 0, modelCalls: 1 };

describe("the conversation of a task that is read back", () => {
  it("has a result for each call of an answer that was cut off, once it went on", async () => {
    const kept = new Kept();
    const [first, answered] = turnWith(kept, "read_file", false);
    const next = { ...(first?.data as object), turn: 2, said: kept.ref([{ role: "user", text: "Smaller" }]) };
    const later = delivered(23, "model.requested", next, { taskId }).entry;
    const { messages } = await historyOf(
      kept,
      [first, answered, later].flatMap((each) => each ?? []),
    );
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
    expect(messages[2]).toMatchObject({ results: [{ toolCallId: "c1", isError: true }] });
  });

  it("has the results of calls that were carried out", async () => {
    const kept = new Kept();
    const { messages, results } = await historyOf(kept, turnWith(kept, "read_file", false));
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect([...results.keys()]).toEqual(["e-code-1-1-0"]);
  });

  it.each(["submit_result", "plan_tasks"])(
    "leaves the answer open whose %s was taken, so that it ends the task and no model is asked",
    async (tool) => {
      const kept = new Kept();
      const { messages } = await historyOf(kept, turnWith(kept, tool, false));
      expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    },
  );

  it("tells the model of a hand-back that was refused", async () => {
    const kept = new Kept();
    const { messages } = await historyOf(kept, turnWith(kept, "submit_result", true));
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });
});

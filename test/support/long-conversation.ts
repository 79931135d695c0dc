import { systemClock } from "../../agent-host/core/clock.ts";
import { createBlobStore } from "../../agent-host/journal/blob-store.ts";
import { openJournal } from "../../agent-host/journal/journal.ts";
import type { EventDraft } from "../../agent-host/protocol/events.ts";
import type { Actor } from "../../agent-host/protocol/journal.ts";

export interface LongConversation {
  /** The workspace's state folder; a journal is made there. */
  readonly directory: string;
  readonly workspaceId: string;
  readonly runId: string;
  readonly taskId: string;
  /** Messages of the task: one in three by the model, one in three a result, one in three the words before it. */
  readonly messages: number;
}

const never = new AbortController().signal;
const host: Actor = { kind: "system", id: "host", role: "host" };
const agent: Actor = { kind: "agent", id: "back-end-coder-1", role: "back-end-coder" };
const digest = "a".repeat(64);
const usage = { inputTokens: 12_400, outputTokens: 310, costUsd: 0.042 };

/** Writes a finished run whose one task has a conversation of this length, as a host would have left it. */
export async function writeLongConversation(given: LongConversation): Promise<void> {
  const { directory, workspaceId, runId, taskId, messages } = given;
  const journal = await openJournal({
    directory,
    workspaceId,
    clock: systemClock,
    host: { version: "1.0.0", pid: process.pid, mode: "command-line" },
    actor: host,
    onListenerError: (error) => console.error(error),
  });
  const blobs = createBlobStore({ directory });
  const keep = (value: unknown) =>
    blobs.put(runId, typeof value === "string" ? value : JSON.stringify(value), never);
  const append = (drafts: EventDraft[]) =>
    journal.append(
      drafts.map((draft) => ({ ...draft, runId })),
      never,
    );
  const goal = await keep("Split the webhooks out of the billing service");
  await append([
    { type: "run.created", actor: host, data: { goal, profile: "change", provider: "offline" } },
    { type: "run.started", actor: host, data: { phases: ["implementation"], rulesChecksum: digest } },
    { type: "phase.entered", actor: host, data: { phase: "implementation", index: 1, of: 1 } },
    { type: "task.planned", taskId, actor: host, data: { ...plan, spec: await keep("{}") } },
    { type: "task.started", taskId, actor: host, data: { agentId: agent.id, attempt: 1 } },
  ]);
  const turns = Math.ceil(messages / 3);
  for (let turn = 1; turn <= turns; turn += 1) {
    const call = { id: `call-${turn}`, name: "read_file", input: { path: `src/part-${turn}.ts` } };
    const [said, message, result, detail] = await Promise.all([
      keep([{ role: "user", text: wordsOf(turn) }]),
      keep({
        role: "assistant",
        text: `Turn ${turn}: I look at the next part.`,
        toolCalls: [call],
        stop: "toolUse",
      }),
      keep({ toolCallId: call.id, text: linesOf(turn), isError: turn % 50 === 0 }),
      keep("{}"),
    ]);
    const of = { taskId, actor: agent };
    const effectId = `e-${taskId.slice(2)}-1-${turn}-0`;
    const asked = { attempt: 1, turn, model: "anthropic:claude-sonnet-5-5", promptChecksum: digest };
    await append([
      {
        type: "model.requested",
        ...of,
        data: { ...asked, reserved: { tokens: 20_000, usd: 0.1, modelCalls: 1 }, said },
      },
      { type: "model.answered", ...of, data: { attempt: 1, turn, message, usage } },
      {
        type: "permission.decided",
        ...of,
        data: { permission: "use:tool/read_file", allowed: true, reason: "scope" },
      },
      {
        type: "effect.intended",
        ...of,
        data: { effectId, tool: "read_file", detail, check: { kind: "repeatable" } },
      },
      {
        type: "effect.completed",
        ...of,
        data: { effectId, tool: "read_file", result, isError: turn % 50 === 0, durationMs: 3 },
      },
    ]);
  }
  const done = { agentId: agent.id, status: "done", executionTimeMs: 60_000, confidence: 0.9 } as const;
  await append([
    {
      type: "task.finished",
      taskId,
      actor: agent,
      data: { ...done, result: null, usage, summary: `${turns} turns` },
    },
    { type: "phase.left", actor: host, data: { phase: "implementation" } },
    { type: "run.finished", actor: host, data: { status: "done", exitCode: 0, report: null, usage } },
  ]);
  await journal.close("written");
}

const plan = {
  phase: "implementation" as const,
  agentType: "back-end-coder" as const,
  taskType: "implementation.code" as const,
  complexity: 5,
  priority: 5,
  dependsOn: [],
  contextHash: digest,
  title: "Implement a part",
};

function wordsOf(turn: number): string {
  return turn === 1
    ? "Split the webhooks out of the billing service.\n\n<context>\nThe run's goal: smaller services.\n</context>"
    : `Go on with part ${turn}.`;
}

function linesOf(turn: number): string {
  return Array.from(
    { length: 3 + (turn % 12) },
    (_, line) => `${line + 1}\texport const value${line} = ${turn};`,
  ).join("\n");
}

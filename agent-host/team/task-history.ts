import { HostError } from "../core/host-error.ts";
import type { Journal } from "../journal/journal.ts";
import {
  type AssistantMessage,
  assistantMessageSchema,
  type Message,
  type ToolResult,
  toolResultSchema,
  type UserMessage,
  userMessageSchema,
} from "../protocol/conversation.ts";
import { type TypedEntry, typedEntry } from "../protocol/events.ts";
import { handBackTools } from "./hand-back.ts";
import { runEntries } from "./run-entries.ts";
import type { RunLog } from "./run-log.ts";

/** What is durable of one attempt of a task. */
export interface TaskHistory {
  readonly messages: readonly Message[];
  /** Results by effect id. */
  readonly results: ReadonlyMap<string, ToolResult>;
  /** `seq` of the last words of a person that stand in `messages`; 0 without any. */
  readonly steeredSeq: number;
}

export const emptyHistory: TaskHistory = { messages: [], results: new Map(), steeredSeq: 0 };

/**
 * Reads the conversation of one attempt back from the journal: what the model was told, what it answered, and the
 * results of its tool calls. The last answer has no results yet if one of them is missing. A hand-back that was taken
 * is none: had its task ended too, nobody would read this, so the answer stays open and it is taken again.
 */
export async function readTaskHistory(
  given: {
    readonly journal: Pick<Journal, "read">;
    readonly log: RunLog;
    readonly taskId: string;
    readonly attempt: number;
    effectIdOf(turn: number, index: number): string;
  },
  signal: AbortSignal,
): Promise<TaskHistory> {
  const entries = (await entriesOfRun(given, signal)).filter((entry) => entry.taskId === given.taskId);
  const results = await resultsIn(entries, given.log);
  const { turns, steeredSeq } = await turnsIn(entries, given);
  return { messages: messagesOf(turns, results, given), results, steeredSeq };
}

interface Turn {
  readonly said: readonly UserMessage[];
  answer: AssistantMessage | null;
}

async function resultsIn(entries: readonly TypedEntry[], log: RunLog): Promise<Map<string, ToolResult>> {
  const results = new Map<string, ToolResult>();
  for (const entry of entries) {
    if (entry.type !== "effect.completed") continue;
    const { tool, isError, effectId, result } = entry.data;
    if (handBackTools.has(tool) && !isError) continue;
    results.set(effectId, toolResultSchema.parse(parsed(await log.recall(result.blob))));
  }
  return results;
}

async function turnsIn(
  entries: readonly TypedEntry[],
  { log, attempt }: { log: RunLog; attempt: number },
): Promise<{ turns: ReadonlyMap<number, Turn>; steeredSeq: number }> {
  const turns = new Map<number, Turn>();
  let steeredSeq = 0;
  for (const entry of entries) {
    if (entry.type === "model.requested" && entry.data.attempt === attempt) {
      const { turn, said, heardSeq } = entry.data;
      // A turn that was asked for twice was told the same twice: the last time counts.
      const words = said === undefined ? [] : parsed(await log.recall(said.blob));
      turns.set(turn, { said: userMessageSchema.array().parse(words), answer: null });
      steeredSeq = heardSeq ?? steeredSeq;
    }
    if (entry.type !== "model.answered" || entry.data.attempt !== attempt) continue;
    const asked = turns.get(entry.data.turn);
    if (entry.data.message === undefined || asked === undefined) continue;
    asked.answer = assistantMessageSchema.parse(parsed(await log.recall(entry.data.message.blob)));
  }
  return { turns, steeredSeq };
}

/** As they were said, up to the first question without an answer. */
function messagesOf(
  turns: ReadonlyMap<number, Turn>,
  results: ReadonlyMap<string, ToolResult>,
  { effectIdOf }: { effectIdOf(turn: number, index: number): string },
): Message[] {
  const messages: Message[] = [];
  const last = Math.max(...turns.keys());
  for (const [turn, { said, answer }] of [...turns].sort(([a], [b]) => a - b)) {
    messages.push(...said);
    if (answer === null) break;
    messages.push(answer);
    const done = answer.toolCalls.map(
      // It went on without them: the answer was cut off.
      ({ id }, index) =>
        results.get(effectIdOf(turn, index)) ?? (turn < last ? notCarriedOut(id) : undefined),
    );
    const complete = done.flatMap((result) => (result === undefined ? [] : [result]));
    if (complete.length > 0 && complete.length === answer.toolCalls.length) {
      messages.push({ role: "tool", results: complete });
    }
  }
  return messages;
}

function notCarriedOut(toolCallId: string): ToolResult {
  return { toolCallId, text: "Not carried out: the answer was cut off.", isError: true };
}

async function entriesOfRun(
  { journal, log }: { journal: Pick<Journal, "read">; log: RunLog },
  signal: AbortSignal,
): Promise<TypedEntry[]> {
  const found: TypedEntry[] = [];
  const all = { runId: log.runId, afterSeq: log.state.firstSeq - 1 };
  for await (const page of runEntries(journal, all, signal)) {
    found.push(...page.flatMap((entry) => typedEntry(entry) ?? []));
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HostError("run.damaged", "A message of this run cannot be read back", { cause });
  }
}

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

const pageEntries = 5_000;

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
  const { log, taskId, attempt } = given;
  const entries = await entriesOfRun(given, signal);
  const results = new Map<string, ToolResult>();
  for (const entry of entries) {
    if (entry.type !== "effect.completed" || entry.taskId !== taskId) continue;
    if (handBackTools.has(entry.data.tool) && !entry.data.isError) continue;
    results.set(
      entry.data.effectId,
      toolResultSchema.parse(parsed(await log.recall(entry.data.result.blob))),
    );
  }
  const turns = new Map<number, { said: UserMessage[]; answer: AssistantMessage | null }>();
  let steeredSeq = 0;
  for (const entry of entries) {
    if (entry.taskId !== taskId) continue;
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
  const messages: Message[] = [];
  for (const [turn, { said, answer }] of [...turns].sort(([a], [b]) => a - b)) {
    messages.push(...said);
    if (answer === null) break;
    messages.push(answer);
    const done = answer.toolCalls.map((_, index) => results.get(given.effectIdOf(turn, index)));
    const complete = done.flatMap((result) => (result === undefined ? [] : [result]));
    if (complete.length > 0 && complete.length === answer.toolCalls.length) {
      messages.push({ role: "tool", results: complete });
    }
  }
  return { messages, results, steeredSeq };
}

async function entriesOfRun(
  { journal, log }: { journal: Pick<Journal, "read">; log: RunLog },
  signal: AbortSignal,
): Promise<TypedEntry[]> {
  const found: TypedEntry[] = [];
  for (let afterSeq = log.state.firstSeq - 1; ; ) {
    const page = await journal.read({ afterSeq, runId: log.runId, limit: pageEntries }, signal);
    for (const entry of page) {
      const typed = typedEntry(entry);
      if (typed !== null) found.push(typed);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageEntries) return found;
    afterSeq = last.seq;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HostError("run.damaged", "A message of this run cannot be read back", { cause });
  }
}

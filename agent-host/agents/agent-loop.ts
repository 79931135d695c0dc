import { HostError } from "../core/host-error.ts";
import type {
  AssistantMessage,
  Message,
  ToolCall,
  ToolResult,
  UserMessage,
} from "../protocol/conversation.ts";
import type { AgentAnswer, AgentContext, AgentEvent, TaskDesk } from "./agent.ts";
import { answersIn, badCallsInARow, openAnswer, timesSaid } from "./conversation-state.ts";
import { firstMessage } from "./first-message.ts";

export interface AgentLoopConfig {
  /** Most answers of the model. */
  readonly maxTurns: number;
  /** Said, at most twice, to a model that ends with words alone; absent: words alone end the task. */
  readonly remind?: string;
}

const maxBadCalls = 3;
const maxReminders = 2;
const maxParallelReads = 8;
const maxSummaryCharacters = 20_000;

// They change nothing, so the order in which they are done does not matter.
const readTools: ReadonlySet<string> = new Set([
  "read_file",
  "list_files",
  "search_text",
  "diagnostics",
  "find_references",
  "web_fetch",
]);

const handBackBySubmitting = "When you are done, hand back what you did or found with submit_result.";
const smallerSteps =
  "Your last answer was cut off because it was too long; none of its tool calls was carried out. Go on in smaller steps.";
const emptyAnswer =
  "You answered nothing. Go on with the task, or hand back what you have with submit_result.";

/**
 * Works on a task with a model: asks, carries out the calls, until one ends the task or the model ends with words.
 *
 * Everything it decides follows from the conversation, which the desk keeps: started again after a crash it goes on at
 * the call or answer where it was.
 *
 * @throws HostError `agent.noDesk`, `agent.turnLimit`, `agent.badCalls` (three in a row), `agent.unfinished` (reminded
 * in vain), `agent.refused` (by the model), `agent.cutOff` (too long twice), `agent.contextFull`, or what the desk throws.
 */
export async function agentLoop(
  context: AgentContext,
  config: AgentLoopConfig,
  emit: (event: AgentEvent) => void,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const desk = deskOf(context);
  const work: Work = { desk, config, messages: [...(await desk.conversation(signal))] };
  if (work.messages.length === 0)
    work.messages.push(firstMessage(context, config.remind ?? handBackBySubmitting));
  for (;;) {
    signal.throwIfAborted();
    const answer = await goOn(work, signal);
    if (answer !== null) return answer;
    await ask(work, emit, signal);
  }
}

interface Work {
  readonly desk: TaskDesk;
  readonly config: AgentLoopConfig;
  /** Grows by whole messages only; the desk has each before the next is asked for. */
  readonly messages: Message[];
}

function deskOf({ desk, taskSpec }: AgentContext): TaskDesk {
  if (desk !== null) return desk;
  throw new HostError("agent.noDesk", `There is no model for ${taskSpec.taskType} in this run`, {
    hint: "Choose a provider that has models",
  });
}

async function ask(work: Work, emit: (event: AgentEvent) => void, signal: AbortSignal): Promise<void> {
  const turn = answersIn(work.messages);
  if (turn >= work.config.maxTurns) {
    throw new HostError("agent.turnLimit", `The task is not done after ${turn} answers of the model`, {
      hint: "Split the task, or allow more turns in the rules",
    });
  }
  work.messages.push(...(await steering(work.desk)));
  emit({ kind: "progress", stage: "turn", done: turn, total: work.config.maxTurns });
  work.messages.push(await work.desk.ask([...work.messages], signal));
}

/** Draws the consequences of the last answer, if it has any left; null: the model is to be asked. */
async function goOn(work: Work, signal: AbortSignal): Promise<AgentAnswer | null> {
  const open = openAnswer(work.messages);
  if (open === null) return null;
  const { answer, before } = open;
  if (answer.stop === "refusal") {
    throw new HostError("agent.refused", "The model refuses to do this task", {
      hint: "Say it in other words",
    });
  }
  if (answer.stop === "contextFull") {
    throw new HostError("agent.contextFull", "The task's conversation is longer than its model can read", {
      hint: "Split the task, or choose a model that reads more",
    });
  }
  if (answer.stop === "maxTokens") return dropCutOff(work, answer);
  // Its endpoint goes on when it is asked again; turns are bounded.
  if (answer.stop === "pause" && answer.toolCalls.length === 0) return null;
  if (answer.toolCalls.length === 0) return endWithWords(work, answer);
  const turn = answersIn(work.messages.slice(0, before));
  const { results, final } = await carryOut(answer.toolCalls, { desk: work.desk, turn }, signal);
  if (final !== null) return final;
  work.messages.splice(before + 1, Number.POSITIVE_INFINITY, { role: "tool", results });
  stopAfterBadCalls(work.messages);
  return null;
}

function dropCutOff({ messages }: Work, answer: AssistantMessage): null {
  if (timesSaid(messages, smallerSteps) > 0) {
    throw new HostError("agent.cutOff", "The model's answers are longer than one may be", {
      hint: "Split the task into smaller ones",
    });
  }
  const results = answer.toolCalls.map(({ id }): ToolResult => {
    return { toolCallId: id, text: "Not carried out: the answer was cut off.", isError: true };
  });
  if (results.length > 0) messages.push({ role: "tool", results });
  messages.push({ role: "user", text: smallerSteps });
  return null;
}

async function endWithWords(
  { messages, desk, config }: Work,
  { text }: AssistantMessage,
): Promise<AgentAnswer | null> {
  const heard = await steering(desk);
  messages.push(...heard);
  if (heard.length > 0) return null;
  const words = text.trim();
  const reminder = config.remind ?? (words === "" ? emptyAnswer : null);
  if (reminder === null) return answerOf(words, messages);
  if (timesSaid(messages, reminder) >= maxReminders) {
    throw new HostError("agent.unfinished", "The model stopped without handing back what the task needs", {
      hint: "Look at what it said; another try or another model may do better",
    });
  }
  messages.push({ role: "user", text: reminder });
  return null;
}

async function steering(desk: TaskDesk): Promise<UserMessage[]> {
  return (await desk.steering()).map((text) => ({ role: "user", text }));
}

// Words without submit_result: the model did not say how sure it is.
function answerOf(words: string, messages: readonly Message[]): AgentAnswer {
  return {
    content: { summary: words.slice(0, maxSummaryCharacters), notes: [] },
    confidence: 0.6,
    sources: [],
    metadata: {},
    summary: `${answersIn(messages)} turns, ended in words`,
  };
}

interface Turn {
  readonly desk: TaskDesk;
  /** How many answers stand before the one whose calls these are. */
  readonly turn: number;
}

interface Outcome {
  readonly results: ToolResult[];
  /** Set if a call ended the task; those after it are not carried out. */
  readonly final: AgentAnswer | null;
}

async function carryOut(
  calls: readonly ToolCall[],
  { desk, turn }: Turn,
  signal: AbortSignal,
): Promise<Outcome> {
  const results: ToolResult[] = [];
  while (results.length < calls.length) {
    signal.throwIfAborted();
    const first = results.length;
    const together = calls.slice(first, endOfGroup(calls, first));
    const uses = together.map((call, at) => desk.use(call, { turn, index: first + at }, signal));
    for (const { result, final } of await settleAll(uses)) {
      if (final !== null) return { results, final };
      results.push(result);
    }
  }
  return { results, final: null };
}

// Reads that follow each other go together; anything else goes alone and in order.
function endOfGroup(calls: readonly ToolCall[], first: number): number {
  let end = first;
  while (end < calls.length && end - first < maxParallelReads && readTools.has(calls[end]?.name ?? ""))
    end += 1;
  return Math.max(end, first + 1);
}

// Nothing may still be under way when the loop has ended.
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function stopAfterBadCalls(messages: readonly Message[]): void {
  const { count, reason } = badCallsInARow(messages);
  if (count < maxBadCalls) return;
  throw new HostError(
    "agent.badCalls",
    `The model made ${count} calls in a row that make no sense: ${reason}`,
    {
      hint: "Look at the task's conversation; another try or another model may do better",
    },
  );
}

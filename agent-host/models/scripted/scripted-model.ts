import type { Clock } from "../../core/clock.ts";
import { HostError } from "../../core/host-error.ts";
import type { AssistantMessage, ToolCall } from "../../protocol/conversation.ts";
import type { Script, Turn } from "../../protocol/script.ts";
import type { Model, ModelAnswer, ModelRequest } from "../model.ts";
import { errorOfStatus, ModelError } from "../model-error.ts";
import { chooseTurn, turnsFor } from "./choose-turn.ts";
import { obeyedCalls } from "./obeyed-calls.ts";
import { estimateInput, usageOf } from "./scripted-usage.ts";

/**
 * A model that answers what a script says, for tests and for trying out the process: no key, no network, no chance.
 * It keeps no state of its own, so it serves any number of tasks and survives a restart by being made again.
 */
export function scriptedModel(script: Script, { clock }: { clock: Pick<Clock, "sleep"> }): Model {
  return {
    name: "scripted",
    contextTokens: null,
    serves: (agentType) => turnsFor(script, agentType).length > 0,
    worstCase: (request) => {
      const { turn } = chooseTurn(script, request);
      if (turn === null || turn.error !== undefined) return { tokens: 0, costUsd: 0 };
      const { inputTokens, outputTokens, costUsd } = usageOf(turn, request);
      return { tokens: inputTokens + outputTokens, costUsd };
    },
    countTokens: async (request) => estimateInput(request),
    answer: (request, onText, signal) => answer({ script, clock, request, onText }, signal),
  };
}

interface Call {
  readonly script: Script;
  readonly clock: Pick<Clock, "sleep">;
  readonly request: ModelRequest;
  readonly onText: (text: string) => void;
}

async function answer({ script, clock, request, onText }: Call, signal: AbortSignal): Promise<ModelAnswer> {
  signal.throwIfAborted();
  const { turn, number } = chooseTurn(script, request);
  if (turn === null) throw exhausted(request, number);
  const waitMs = script.latencyMs + (turn.delayMs ?? 0);
  if (waitMs > 0) await clock.sleep(waitMs, signal);
  if (turn.error !== undefined) throw errorOfStatus(turn.error.status, turn.error.retryAfterMs);
  const message = messageOf(turn, { number, request });
  streamText(message, turn.cutAfterBytes, onText);
  return { message, usage: usageOf(turn, request) };
}

function messageOf(
  turn: Turn,
  { number, request }: { number: number; request: ModelRequest },
): AssistantMessage {
  const obeyed = turn.obey === true ? obeyedCalls(request.messages) : [];
  const toolCalls = [...(turn.toolCalls ?? []), ...obeyed].map(
    ({ name, input = {} }, index): ToolCall => ({ id: `call-${number}-${index}`, name, input }),
  );
  const stop = toolCalls.length > 0 ? "toolUse" : "endTurn";
  return { role: "assistant", text: turn.text ?? "", toolCalls, stop };
}

// An answer is its text, then its calls as JSON. Whatever is cut is cut as a whole: of a call whose JSON is not
// complete nothing may ever be carried out.
function streamText(
  message: AssistantMessage,
  cutAfterBytes: number | undefined,
  onText: (text: string) => void,
): void {
  const text = Buffer.from(message.text);
  const calls = message.toolCalls.map(({ name, input }) => JSON.stringify({ name, input })).join("");
  const limit = cutAfterBytes ?? Number.POSITIVE_INFINITY;
  const isCut = text.length + Buffer.byteLength(calls) > limit;
  const heard = isCut ? wholeCharacters(text.subarray(0, limit)) : message.text;
  for (const chunk of heard.match(/[\s\S]{1,512}/gu) ?? []) onText(chunk);
  if (!isCut) return;
  throw new ModelError("model.cut", `The answer was cut off after ${limit} bytes`, {
    hint: "Ask again",
    retry: "paid",
  });
}

function wholeCharacters(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

function exhausted({ agentType, taskType }: ModelRequest, number: number): HostError {
  return new HostError(
    "script.exhausted",
    `The script has no turn ${number + 1} for ${agentType} on ${taskType}`,
    {
      hint: `Add a turn for "${agentType}" or "*" to the script`,
    },
  );
}

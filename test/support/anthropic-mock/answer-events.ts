import { signatureOf } from "./check-request.ts";
import type { MockToolCall, MockTurn } from "./mock-turn.ts";
import { between } from "./seeded-random.ts";

export interface MockUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens: number;
}

export interface MockMessage {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly AnswerBlock[];
  readonly stop_reason: string;
  readonly stop_sequence: null;
  readonly usage: MockUsage;
}

export type AnswerBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      /** JSON that is streamed, where it is not that of the input. */
      readonly streamed?: string;
    };

export type StreamEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The message that a turn is. `serial` makes its ids. */
export function messageOf(turn: MockTurn, { model, serial, usage }: MessageParts): MockMessage {
  const calls = (turn.toolCalls ?? []).map((call, at) => toolUse(call, `toolu_mock_${serial}_${at}`));
  return {
    id: `msg_mock_${serial}`,
    type: "message",
    role: "assistant",
    model,
    content: [...leading(turn), ...calls],
    stop_reason: turn.stop ?? (calls.length > 0 ? "tool_use" : "end_turn"),
    stop_sequence: null,
    usage,
  };
}

export interface MessageParts {
  readonly model: string;
  readonly serial: string;
  readonly usage: MockUsage;
}

/** The events of a message; text and JSON come in pieces of one to `pieceCharacters` characters. */
export function eventsOf(message: MockMessage, random: () => number, pieceCharacters: number): StreamEvent[] {
  const { content, stop_reason, usage, ...head } = message;
  const begun = { ...head, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const blocks = content.flatMap((block, index): StreamEvent[] => [
    { type: "content_block_start", index, content_block: beginOf(block) },
    ...deltasOf(block, (text) => pieces(text, random, pieceCharacters)).map((delta) => ({
      type: "content_block_delta",
      index,
      delta,
    })),
    { type: "content_block_stop", index },
  ]);
  const [first, ...others] = blocks;
  return [
    { type: "message_start", message: begun },
    ...(first === undefined ? [] : [first]),
    { type: "ping" },
    ...others,
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    },
    { type: "message_stop" },
  ];
}

/** Server-sent events, one frame each. */
export function frameOf(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function leading({ thinking, text }: MockTurn): AnswerBlock[] {
  const thought =
    thinking === undefined ? [] : [{ type: "thinking" as const, thinking, signature: signatureOf(thinking) }];
  return text === undefined || text === "" ? thought : [...thought, { type: "text", text }];
}

function toolUse({ name, input, id, cutAt }: MockToolCall, madeUp: string): AnswerBlock {
  const block = { type: "tool_use" as const, id: id ?? madeUp, name, input };
  return cutAt === undefined ? block : { ...block, streamed: JSON.stringify(input).slice(0, cutAt) };
}

function beginOf(block: AnswerBlock): object {
  if (block.type === "text") return { type: "text", text: "" };
  if (block.type === "thinking") return { type: "thinking", thinking: "", signature: "" };
  return { type: "tool_use", id: block.id, name: block.name, input: {} };
}

function deltasOf(block: AnswerBlock, cut: (text: string) => string[]): object[] {
  if (block.type === "text") return cut(block.text).map((text) => ({ type: "text_delta", text }));
  if (block.type === "thinking") {
    const thoughts = cut(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking }));
    return [...thoughts, { type: "signature_delta", signature: block.signature }];
  }
  const json = block.streamed ?? JSON.stringify(block.input);
  // The first piece of a call is empty, as the API's is.
  return ["", ...cut(json)].map((partial_json) => ({ type: "input_json_delta", partial_json }));
}

function pieces(text: string, random: () => number, most: number): string[] {
  const characters = [...text];
  const result: string[] = [];
  for (let at = 0; at < characters.length; ) {
    const length = between(random, 1, most);
    result.push(characters.slice(at, at + length).join(""));
    at += length;
  }
  return result;
}

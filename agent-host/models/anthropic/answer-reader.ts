import type { AssistantMessage, ToolCall } from "../../protocol/conversation.ts";
import { ModelError } from "../model-error.ts";
import type { TokenCounts } from "../prices.ts";
import { isRecord } from "./api-blocks.ts";
import { type OpenBlock, openBlock, type ReadBlock, readBlock } from "./read-block.ts";
import { UsageReader } from "./usage-reader.ts";

type Stop = AssistantMessage["stop"];

const stops: Readonly<Record<string, Stop>> = {
  end_turn: "endTurn",
  stop_sequence: "endTurn",
  tool_use: "toolUse",
  max_tokens: "maxTokens",
  refusal: "refusal",
  pause_turn: "pause",
  model_context_window_exceeded: "contextFull",
};

/** Stops at which the model was cut short, so that its last block may be a part of what it would have been. */
const cutShort: readonly Stop[] = ["maxTokens", "contextFull", "refusal"];

/**
 * Makes an answer of the events of a stream (Messages API, streaming). It relies on nothing but the events: a block
 * counts once its end was seen, a call once its input is a whole JSON object.
 *
 * States: before `message_start` · open · ended (`message_stop` seen).
 */
export class AnswerReader {
  private readonly onText: (text: string) => void;
  private readonly open = new Map<number, OpenBlock>();
  private readonly closed = new Map<number, ReadBlock>();
  private readonly usage = new UsageReader();
  private stopReason: string | null = null;
  private state: "before" | "open" | "ended" = "before";

  constructor(onText: (text: string) => void) {
    this.onText = onText;
  }

  get hasBegun(): boolean {
    return this.state !== "before";
  }

  get hasEnded(): boolean {
    return this.state === "ended";
  }

  /** What the stream has told of usage; null before it told anything. Output not told of yet is estimated. */
  get tokensSoFar(): TokenCounts | null {
    return this.hasBegun ? this.usage.soFar : null;
  }

  /** @throws ModelError `model.badStream` for events that make no answer. */
  read(event: unknown): void {
    if (!isRecord(event)) throw badStream("an event is no object");
    if (event.type === "message_start") this.begin(event);
    else if (this.state === "open") this.readOpen(event);
    else if (this.state === "before" && event.type !== "ping")
      throw badStream("it does not begin with its start");
  }

  /** @throws ModelError `model.badStream` where the events make no answer. */
  finish(model: string): { message: AssistantMessage; tokens: TokenCounts } {
    if (this.stopReason === null) throw badStream("it does not say why it ended");
    const stop = stops[this.stopReason] ?? "endTurn";
    const blocks = this.keptBlocks(stop);
    const toolCalls = blocks.flatMap(({ call }) => (call === null ? [] : [call]));
    if (new Set(toolCalls.map(({ id }) => id)).size < toolCalls.length)
      throw badStream("two calls have one id");
    const message: AssistantMessage = {
      role: "assistant",
      text: blocks.map(({ text }) => text).join(""),
      toolCalls,
      stop: stopOf(stop, toolCalls),
      model,
    };
    if (blocks.some(({ isThinking }) => isThinking)) message.blocks = blocks.map(({ sent }) => sent);
    return { message, tokens: this.usage.reported };
  }

  private begin(event: Readonly<Record<string, unknown>>): void {
    if (this.state !== "before") throw badStream("it begins twice");
    this.state = "open";
    this.usage.read(isRecord(event.message) ? event.message.usage : undefined);
  }

  private readOpen(event: Readonly<Record<string, unknown>>): void {
    if (event.type === "content_block_start") this.openBlock(event);
    else if (event.type === "content_block_delta") this.extendBlock(event);
    else if (event.type === "content_block_stop") this.closeBlock(event);
    else if (event.type === "message_delta") this.readDelta(event);
    else if (event.type === "message_stop") this.state = "ended";
  }

  private openBlock({ index, content_block }: Readonly<Record<string, unknown>>): void {
    if (typeof index !== "number") throw badStream("a block has no place");
    if (this.open.has(index) || this.closed.has(index)) throw badStream("a block begins twice");
    const block = openBlock(content_block);
    if (block === null) throw badStream("a block has no type");
    this.open.set(index, block);
    this.hear(block.text);
  }

  private extendBlock({ index, delta }: Readonly<Record<string, unknown>>): void {
    const block = typeof index === "number" ? this.open.get(index) : undefined;
    if (block === undefined) throw badStream("a piece belongs to no block");
    if (!isRecord(delta)) return;
    const { text, thinking, partial_json: json, signature } = delta;
    if (delta.type === "text_delta" && typeof text === "string") {
      block.text += text;
      this.hear(text);
    } else if (delta.type === "input_json_delta" && typeof json === "string") {
      block.json += json;
      this.usage.count(json.length);
    } else if (delta.type === "thinking_delta" && typeof thinking === "string") {
      block.thinking += thinking;
      this.usage.count(thinking.length);
    } else if (delta.type === "signature_delta" && typeof signature === "string") {
      block.signature = signature;
    }
  }

  private closeBlock({ index }: Readonly<Record<string, unknown>>): void {
    const block = typeof index === "number" ? this.open.get(index) : undefined;
    if (block === undefined || typeof index !== "number") throw badStream("a block ends that never began");
    this.open.delete(index);
    this.closed.set(index, readBlock(block));
  }

  private readDelta({ delta, usage }: Readonly<Record<string, unknown>>): void {
    if (isRecord(delta) && typeof delta.stop_reason === "string") this.stopReason = delta.stop_reason;
    this.usage.read(usage);
  }

  private hear(text: string): void {
    if (text === "") return;
    this.usage.count(text.length);
    this.onText(text);
  }

  // Invariant: a call whose JSON is not whole is never among them. Where the model was cut short that is what happens,
  // and a last call without any input may be one, too; else the stream itself is broken.
  private keptBlocks(stop: Stop): ReadBlock[] {
    const isCut = cutShort.includes(stop);
    const blocks = [...this.closed].sort(([a], [b]) => a - b).map(([, block]) => block);
    if (!isCut && this.open.size > 0) throw badStream("a block does not end");
    if (!isCut && blocks.some(({ isBroken }) => isBroken))
      throw badStream("a call has no name, id or whole input");
    const last = isCut && this.open.size === 0 ? blocks.at(-1) : undefined;
    const kept = blocks.filter((block) => block.isWhole && !(block === last && block.isEmptyCall));
    return stop === "refusal" ? kept.filter(({ call }) => call === null) : kept;
  }
}

function stopOf(stop: Stop, toolCalls: readonly ToolCall[]): Stop {
  if (toolCalls.length > 0 && stop === "endTurn") return "toolUse";
  return toolCalls.length === 0 && stop === "toolUse" ? "endTurn" : stop;
}

function badStream(reason: string): ModelError {
  return new ModelError(
    "model.badStream",
    `The model's endpoint sent an answer that cannot be read: ${reason}`,
    {
      hint: "Ask again; if it stays so, look whether this endpoint speaks the Messages API of Anthropic",
      retry: "paid",
    },
  );
}

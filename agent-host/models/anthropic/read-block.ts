import type { ToolCall } from "../../protocol/conversation.ts";
import { isRecord, isSentBlock, type SentBlock } from "./api-blocks.ts";

/** A block of an answer while its pieces come. */
export interface OpenBlock {
  /** As it began. */
  readonly begun: SentBlock;
  text: string;
  json: string;
  thinking: string;
  signature: string;
}

/** A block whose end was seen. */
export interface ReadBlock {
  /** As the endpoint sent it, its pieces put together. */
  readonly sent: SentBlock;
  readonly text: string;
  readonly call: ToolCall | null;
  readonly isThinking: boolean;
  /** Whether it may be kept: not blank, not a call with half its input, not thinking without its signature. */
  readonly isWhole: boolean;
  /** A call that can not be carried out as it is. */
  readonly isBroken: boolean;
  /** A call for whose input nothing was sent. */
  readonly isEmptyCall: boolean;
}

/** null: what began is no block. */
export function openBlock(begun: unknown): OpenBlock | null {
  if (!isSentBlock(begun)) return null;
  const { text, thinking, signature } = begun;
  return {
    begun,
    text: begun.type === "text" && typeof text === "string" ? text : "",
    json: "",
    thinking: typeof thinking === "string" ? thinking : "",
    signature: typeof signature === "string" ? signature : "",
  };
}

export function readBlock(block: OpenBlock): ReadBlock {
  const { begun, text, thinking, signature } = block;
  const other = { text: "", call: null, isThinking: false, isBroken: false, isEmptyCall: false };
  if (begun.type === "tool_use") return readCall(block);
  if (begun.type === "text") return { ...other, sent: { ...begun, text }, text, isWhole: text.trim() !== "" };
  if (begun.type === "thinking") {
    const sent = { ...begun, thinking, signature };
    return { ...other, sent, isThinking: true, isWhole: signature !== "" };
  }
  return { ...other, sent: begun, isThinking: begun.type === "redacted_thinking", isWhole: true };
}

function readCall({ begun, json }: OpenBlock): ReadBlock {
  const input = inputOf(begun, json);
  const call = input === null ? null : callOf(begun, input);
  return {
    sent: { ...begun, input: input ?? {} },
    text: "",
    call,
    isThinking: false,
    isWhole: call !== null,
    isBroken: call === null,
    isEmptyCall: json === "" && Object.keys(input ?? {}).length === 0,
  };
}

// Without pieces it is what the block began with: `{}`, or all of it from servers that do not send pieces.
function inputOf(begun: SentBlock, json: string): Readonly<Record<string, unknown>> | null {
  if (json.trim() === "") return isRecord(begun.input) ? begun.input : {};
  try {
    const input: unknown = JSON.parse(json);
    return isRecord(input) ? input : null;
  } catch {
    // Cut in the middle, or never JSON: in either case nothing that may be carried out.
    return null;
  }
}

function callOf({ id, name }: SentBlock, input: unknown): ToolCall | null {
  const isName = typeof name === "string" && name.length > 0 && name.length <= 200;
  const isId = typeof id === "string" && id.length > 0 && id.length <= 200;
  return isName && isId ? { id, name, input } : null;
}

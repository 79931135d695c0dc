/** What of the Messages API (version 2026-10-21) is written and read here; see https://docs.anthropic.com/en/api/messages. */
export interface CacheMark {
  readonly type: "ephemeral";
}

export interface TextParam {
  readonly type: "text";
  readonly text: string;
  cache_control?: CacheMark;
}

export interface ToolUseParam {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ToolResultParam {
  readonly type: "tool_result";
  readonly tool_use_id: string;
  readonly content: string;
  readonly is_error?: true;
  cache_control?: CacheMark;
}

/** A block as an endpoint sent it, sent back unchanged. */
export interface SentBlock {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface UserParam {
  readonly role: "user";
  readonly content: (TextParam | ToolResultParam)[];
}

export interface AssistantParam {
  readonly role: "assistant";
  readonly content: (TextParam | ToolUseParam | SentBlock)[];
}

export type MessageParam = UserParam | AssistantParam;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSentBlock(value: unknown): value is SentBlock {
  return isRecord(value) && typeof value.type === "string";
}

/** Half characters are refused by JSON readers; they become U+FFFD. */
export function wellFormed(text: string): string {
  // In Node.js since version 20, in the types of a later edition.
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

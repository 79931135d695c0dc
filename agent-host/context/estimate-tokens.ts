import type { Message, ToolResult } from "../protocol/conversation.ts";

/**
 * About how many tokens a model reads in a text, rather too many than too few: 3.5 characters of ASCII are one (code and
 * JSON of the tokenizers in use have 3 to 4), other letters count by their bytes in UTF-8, so Cyrillic about 0.8 and
 * Chinese about 1.3 a character.
 */
export function estimateTokens(text: string): number {
  const beyondAscii = isShortAscii(text) ? 0 : Buffer.byteLength(text) - text.length;
  return Math.ceil(text.length / charactersPerToken + beyondAscii * tokensPerFurtherByte);
}

/** Roles, ids and brackets around a message, a call, a result. */
export const frameTokens = 8;

/** The same for a message, with what frames it. Content as its endpoint sent it counts where it is more. */
export function messageTokens(message: Message): number {
  switch (message.role) {
    case "user":
      return frameTokens + estimateTokens(message.text);
    case "tool":
      return message.results.reduce((sum, result) => sum + resultTokens(result), frameTokens);
    case "assistant": {
      const { text, toolCalls, blocks } = message;
      const calls = toolCalls.reduce((sum, { name, input }) => {
        return sum + frameTokens + estimateTokens(name) + valueTokens(input, 0);
      }, 0);
      const said = estimateTokens(text) + calls;
      return frameTokens + (blocks === undefined ? said : Math.max(said, valueTokens(blocks, 0)));
    }
  }
}

export function resultTokens({ text }: ToolResult): number {
  return frameTokens + estimateTokens(text);
}

export function conversationTokens(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + messageTokens(message), 0);
}

const charactersPerToken = 3.5;
const tokensPerFurtherByte = 0.5;
// The runtime counts many bytes at a time, but to ask it takes as long as to look at a few.
function isShortAscii(text: string): boolean {
  if (text.length > 32) return false;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/** Deeper values are no more than their JSON. */
const maxDepth = 50;

// Without making the JSON: conversations are long and counted before each call.
function valueTokens(value: unknown, depth: number): number {
  if (typeof value === "string") return 1 + estimateTokens(value);
  if (value === null || typeof value !== "object") return 2;
  if (depth === maxDepth) return estimateTokens(JSON.stringify(value) ?? "");
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, each) => sum + 1 + valueTokens(each, depth + 1), 1);
  }
  return Object.entries(value).reduce((sum, [key, each]) => {
    return sum + 2 + estimateTokens(key) + valueTokens(each, depth + 1);
  }, 1);
}

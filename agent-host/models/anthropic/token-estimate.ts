import type { Message } from "../../protocol/conversation.ts";
import type { ModelRequest, ToolDeclaration } from "../model.ts";

// By rule of thumb for what is usual here: code and English. Denser text (base64, other scripts) has more.
const charactersPerToken = 3.5;
// A token has rarely less than two bytes of UTF-8, in any script.
const leastBytesPerToken = 2;
// What an endpoint adds: a preamble where there are tools, and marks around messages and blocks.
const overheadTokens = 600;
const overheadPerPart = 12;

interface Size {
  readonly characters: number;
  readonly bytes: number;
  readonly parts: number;
}

/**
 * How many tokens a request has, without asking anyone. Sizes of messages and tools are remembered as long as these
 * live, so that a long conversation is measured once and not at each turn.
 */
export class TokenEstimator {
  private readonly sizes = new WeakMap<Message | ToolDeclaration, Size>();

  /** What the request has in all likelihood. */
  estimate(request: ModelRequest): number {
    const { characters } = this.sizeOf(request);
    return Math.ceil(characters / charactersPerToken);
  }

  /** What the request has at most, as far as that can be told without its model's vocabulary. */
  atMost(request: ModelRequest): number {
    const { bytes, parts } = this.sizeOf(request);
    return Math.ceil(bytes / leastBytesPerToken) + parts * overheadPerPart + overheadTokens;
  }

  private sizeOf({ system, messages, tools }: ModelRequest): Size {
    let { characters, bytes, parts } = sizeOfText(system);
    for (const part of [...messages, ...tools]) {
      const size = this.sizeOfPart(part);
      characters += size.characters;
      bytes += size.bytes;
      parts += size.parts;
    }
    return { characters, bytes, parts };
  }

  private sizeOfPart(part: Message | ToolDeclaration): Size {
    const known = this.sizes.get(part);
    if (known !== undefined) return known;
    const size = "role" in part ? sizeOfMessage(part) : sizeOfText(JSON.stringify(part));
    this.sizes.set(part, size);
    return size;
  }
}

/** How many tokens a text of so many characters has, by rule of thumb. */
export function tokensOfCharacters(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}

function sizeOfMessage(message: Message): Size {
  if (message.role === "user") return sizeOfText(message.text);
  const text =
    message.role === "tool"
      ? message.results.map(({ text }) => text).join("")
      : `${message.text}${JSON.stringify(message.blocks ?? message.toolCalls)}`;
  const parts = message.role === "tool" ? message.results.length : 1 + message.toolCalls.length;
  return { ...sizeOfText(text), parts };
}

function sizeOfText(text: string): Size {
  return { characters: text.length, bytes: Buffer.byteLength(text), parts: 1 };
}

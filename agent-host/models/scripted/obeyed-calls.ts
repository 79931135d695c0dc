import * as z from "zod";
import type { Message } from "../../protocol/conversation.ts";

/** A tool call that stands in a text. */
export interface ObeyedCall {
  readonly name: string;
  readonly input: unknown;
}

const maxCalls = 100;

const callSchema = z.object({ name: z.string().min(1).max(200), input: z.unknown().default({}) });
const blockSchema = z.union([callSchema.transform((call) => [call]), z.array(callSchema)]);

/**
 * What a model that does whatever it reads would call: the JSON in the blocks fenced as `tool-call` in the results of
 * the last tool message, one call or an array of them each. Blocks that hold anything else are passed over.
 */
export function obeyedCalls(messages: readonly Message[]): ObeyedCall[] {
  const last = messages.findLast((message) => message.role === "tool");
  const blocks = (last?.results ?? []).flatMap(({ text }) => fencedBlocks(text));
  return blocks.flatMap(callsIn).slice(0, maxCalls);
}

function fencedBlocks(text: string): string[] {
  const blocks: string[] = [];
  let open: { fence: string; lines: string[] } | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (open === null) {
      const fence = /^\s*(`{3,}|~{3,})\s*tool-call\s*$/.exec(line)?.[1];
      if (fence !== undefined) open = { fence, lines: [] };
    } else if (line.trim().startsWith(open.fence)) {
      blocks.push(open.lines.join("\n"));
      open = null;
    } else {
      open.lines.push(line);
    }
  }
  return blocks;
}

function callsIn(block: string): ObeyedCall[] {
  try {
    return blockSchema.safeParse(JSON.parse(block)).data ?? [];
  } catch {
    // Not JSON: nothing that could be obeyed.
    return [];
  }
}

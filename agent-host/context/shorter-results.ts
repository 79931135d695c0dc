import type { ToolCall, ToolResult } from "../protocol/conversation.ts";
import { estimateTokens, resultTokens } from "./estimate-tokens.ts";
import { aboutOf, type CallKind, callFact, maxAbout } from "./tool-facts.ts";

/** A result whose text is left out, with what it was; the same one where a note about it could take as much. */
export function clearedResult(result: ToolResult, call: ToolCall | undefined): ToolResult {
  const whole = resultTokens(result);
  if (clearedTokens(whole, call) === whole) return result;
  const text = call === undefined ? `[cleared: ${sizeOf(result)}]` : clearedText(result, call);
  return { ...result, text };
}

/** What `clearedResult` takes at most of one that takes `whole`; as much only where it is left as it is. */
export function clearedTokens(whole: number, call: ToolCall | undefined): number {
  // Most are: then nothing need be looked at.
  if (whole <= noteTokens) return whole;
  const about = call === undefined ? "" : aboutOf(call.input).slice(0, maxAbout);
  return Math.min(whole, noteTokens + estimateTokens(about) + estimateTokens(call?.name ?? ""));
}

/** A result of at most `maxTokens`: its beginning and its end. Never shorter than what says that it is cut. */
export function cutResult(result: ToolResult, maxTokens: number): ToolResult {
  if (estimateTokens(result.text) <= maxTokens) return result;
  const kept = Math.max(0, maxTokens - noteTokens);
  const whole = partsOf(result.text, Math.floor(kept * 3.5));
  // No character is worth more than 1.3 tokens.
  const isFitting = estimateTokens(whole) <= maxTokens;
  return { ...result, text: isFitting ? whole : partsOf(result.text, Math.floor(kept / 1.3)) };
}

/** Most that a note takes besides the names in it. */
const noteTokens = 40;
// What a program says at its end tells more than what stands in the middle.
const beginningShare = 0.6;

function partsOf(text: string, characters: number): string {
  const first = Math.floor(characters * beginningShare);
  const beginning = text.slice(0, first).replace(/[\uD800-\uDBFF]$/, "");
  const rest = characters - first;
  const end = rest === 0 ? "" : text.slice(-rest).replace(/^[\uDC00-\uDFFF]/, "");
  const left = text.length - beginning.length - end.length;
  return `${beginning}\n[${left} characters are left out here: ask for a smaller part]\n${end}`;
}

const again: Readonly<Record<CallKind, string>> = {
  read: "; call it again if you need it",
  ran: "; run it again if you need its output",
  changed: "",
  used: "",
};

function clearedText(result: ToolResult, call: ToolCall): string {
  const { kind, tool, about, outcome } = callFact(call, result);
  const what = about === "" ? tool : `${tool} ${about}`;
  const how = outcome === "" ? "" : ` (${outcome})`;
  return `[cleared: ${sizeOf(result)} of ${what}${how}${again[kind]}]`;
}

function sizeOf({ text }: ToolResult): string {
  const bytes = Buffer.byteLength(text);
  return bytes < 1_024 ? `${bytes} bytes` : `${Math.round(bytes / 1_024)} KB`;
}

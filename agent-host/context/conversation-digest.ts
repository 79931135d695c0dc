import type { Message, ToolResult, UserMessage } from "../protocol/conversation.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { aboutOf, type CallFact, type CallKind, callFact, kindOf, onOneLine } from "./tool-facts.ts";

/** What a digest of so many turns takes at most, besides the words of a person, in a conversation of `maxTokens`. */
export function digestTokens(turns: number, maxTokens: number): number {
  return headTokens + summaryTokens(maxTokens) + Math.min(linesTokens(maxTokens), turns * maxLineTokens);
}

/** What words of a person take in a digest. */
export function wordsTokens(text: string): number {
  return 1 + estimateTokens(wordsLine(text));
}

/**
 * The message that stands for turns: for each, in order, what was done and said, and whole what a person said. The
 * oldest lines are left out where they take too much.
 */
export function digestMessage(turns: readonly (readonly Message[])[], maxTokens: number): UserMessage {
  const lines = lastLines(turns, linesTokens(maxTokens));
  const firstLine = turns.length - lines.length;
  const told = turns.flatMap((messages, at) => {
    const words = messages.flatMap((each) => (each.role === "user" ? [wordsLine(each.text)] : []));
    return [...(at < firstLine ? [] : [lines[at - firstLine] ?? ""]), ...words];
  });
  const leftOut = firstLine > 0 ? [`[the first ${firstLine} turns are left out]`] : [];
  const summary = summaryOf(turns, summaryTokens(maxTokens));
  return { role: "user", text: [head, ...summary, ...leftOut, ...told, tail].join("\n") };
}

const head =
  "<earlier>\nYour earlier turns were cleared to make room. This is what the program noted of them, in order; files may have changed since:";
const tail = "</earlier>";
// With the line about turns that are left out, and the message's own frame.
const headTokens = estimateTokens(head) + estimateTokens(tail) + 30;
const maxLineTokens = 120;
const maxSaid = 200;
const maxNames = 6;
const verbs: readonly (readonly [CallKind, string])[] = [
  ["read", "read"],
  ["changed", "changed"],
  ["ran", "ran"],
  ["used", "used"],
];

function linesTokens(maxTokens: number): number {
  return Math.floor(maxTokens * 0.15);
}

function summaryTokens(maxTokens: number): number {
  return Math.min(400, Math.floor(maxTokens * 0.05));
}

function lastLines(turns: readonly (readonly Message[])[], maxTokens: number): string[] {
  const lines: string[] = [];
  let left = maxTokens;
  for (let at = turns.length - 1; at >= 0; at -= 1) {
    const line = lineOf(turns[at] ?? []);
    left -= 1 + estimateTokens(line);
    if (left < 0) break;
    lines.push(line);
  }
  return lines.reverse();
}

function lineOf(messages: readonly Message[]): string {
  const [answer] = messages;
  if (answer?.role !== "assistant") return "- nothing";
  const results = new Map<string, ToolResult>();
  for (const message of messages) {
    if (message.role === "tool") for (const each of message.results) results.set(each.toolCallId, each);
  }
  const done = doings(answer.toolCalls.map((call) => callFact(call, results.get(call.id))));
  const said = answer.text.trim();
  if (said !== "") done.push(`said: "${onOneLine(said, maxSaid)}"`);
  const line = `- ${done.join("; ") || "nothing"}`;
  if (estimateTokens(line) < maxLineTokens) return line;
  const short = onOneLine(line, Math.floor(maxLineTokens * 3));
  return estimateTokens(short) < maxLineTokens ? short : onOneLine(line, Math.floor(maxLineTokens * 0.7));
}

function doings(facts: readonly CallFact[]): string[] {
  return verbs.flatMap(([kind, verb]) => {
    const names = facts.filter((fact) => fact.kind === kind).map(nameOf);
    if (names.length === 0) return [];
    const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : "";
    return [`${verb} ${names.slice(0, maxNames).join(", ")}${more}`];
  });
}

function nameOf({ kind, tool, about, outcome }: CallFact): string {
  const quoted = kind === "ran" ? `"${about}"` : about;
  const name = kind === "used" || about === "" ? `${tool} ${about}`.trim() : quoted;
  return outcome === "" ? name : `${name} (${outcome})`;
}

function wordsLine(text: string): string {
  return `- the user said: ${text}`;
}

// The last changed are the likeliest to be asked about.
function summaryOf(turns: readonly (readonly Message[])[], maxTokens: number): string[] {
  const label = "Files changed so far: ";
  const names = changedFiles(turns);
  const shown: string[] = [];
  let left = maxTokens - estimateTokens(label) - 10;
  for (const name of names) {
    left -= 1 + estimateTokens(name);
    if (left < 0) break;
    shown.push(name);
  }
  if (shown.length === 0) return [];
  const more = names.size > shown.length ? `, and ${names.size - shown.length} more` : "";
  return [`${label}${shown.reverse().join(", ")}${more}`];
}

/** Newest first. */
function changedFiles(turns: readonly (readonly Message[])[]): Set<string> {
  const names = new Set<string>();
  for (const messages of turns.toReversed()) {
    const [answer] = messages;
    for (const { name, input } of answer?.role === "assistant" ? answer.toolCalls : []) {
      if (kindOf(name) === "changed") names.add(onOneLine(aboutOf(input), 120));
    }
  }
  return names;
}

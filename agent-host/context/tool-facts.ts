import type { ToolCall, ToolResult } from "../protocol/conversation.ts";

/** What kind of work a call was: what it looked at, what it changed, what it ran. */
export type CallKind = "read" | "changed" | "ran" | "used";

export interface CallFact {
  readonly kind: CallKind;
  readonly tool: string;
  /** The path, command or question it was about, on one line; "" where it names none. */
  readonly about: string;
  /** How it ended, where that is worth a word: an exit code, or that it failed. */
  readonly outcome: string;
}

/** Longest text that names what a call was about, in characters. */
export const maxAbout = 120;

/** What kind of work the tool does. */
export function kindOf(tool: string): CallKind {
  return kinds.get(tool) ?? "used";
}

/** A call and its result in a few words, for a model that no longer sees them. */
export function callFact({ name, input }: ToolCall, result: ToolResult | undefined): CallFact {
  const kind = kindOf(name);
  return { kind, tool: name, about: onOneLine(aboutOf(input), maxAbout), outcome: outcomeOf(kind, result) };
}

const kinds: ReadonlyMap<string, CallKind> = new Map<string, CallKind>([
  ...["read_file", "list_files", "search_text", "diagnostics", "references", "fetch_page"].map(
    (name): [string, CallKind] => [name, "read"],
  ),
  ...["edit_file", "write_file", "delete_file", "edit_files", "multi_edit", "patch", "apply_patch"].map(
    (name): [string, CallKind] => [name, "changed"],
  ),
  ["run_command", "ran"],
]);

const namingKeys = ["path", "file", "command", "argv", "pattern", "query", "url", "question", "recipient"];

/** The value that names what a call is about, as it is; "" where there is none. */
export function aboutOf(input: unknown): string {
  if (input === null || typeof input !== "object") return "";
  const values = input as Readonly<Record<string, unknown>>;
  for (const key of namingKeys) {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    const text = Array.isArray(value) ? value.slice(0, 20).map(String).join(" ") : value;
    if (typeof text === "string" && text !== "") return text;
  }
  return "";
}

// As `run_command` says it in the first line of its result.
const commandOutcome = /exit code \d+|ended by a signal|ended after \d+ ms|could not be started/;

function outcomeOf(kind: CallKind, result: ToolResult | undefined): string {
  if (result === undefined) return "not carried out";
  const said = kind === "ran" ? commandOutcome.exec(result.text.slice(0, 200))?.[0] : undefined;
  return said ?? (result.isError ? "failed" : "");
}

/** Text with its blanks and line ends run together, at most `maxCharacters` long. */
export function onOneLine(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters && !/[^\S ]|^ | $| {2}/.test(text)) return text;
  // What is cut away need not be looked through.
  const read = text.slice(0, maxCharacters * 4);
  const line = read.replace(/\s+/g, " ").trim();
  if (line.length <= maxCharacters && read.length === text.length) return line;
  return `${line.slice(0, maxCharacters - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

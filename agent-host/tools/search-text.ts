import * as z from "zod";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import { globFilter } from "./glob.ts";
import { LineSearch, linePattern } from "./line-search.ts";
import { readCall } from "./read-call.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { fault, outputOf } from "./tool-output.ts";
import type { TreePlace } from "./tree-path.ts";
import { type TreeText, textsIn } from "./tree-texts.ts";
import { factOf } from "./visible-text.ts";

const searchTextInput = lenientObject(
  {
    pattern: z.string().min(1).max(1_000).describe("Regular expression that a line must match"),
    literal: z.boolean().default(false).describe("The pattern is plain text"),
    ignoreCase: z.boolean().default(false),
    path: z.string().min(1).default(".").describe("File or folder, relative to the root of the project"),
    glob: z.string().min(1).max(500).optional().describe("Only files that fit: *.ts, src/**"),
    maxResults: z.int().min(1).max(1_000).default(200),
  },
  {
    query: "pattern",
    regex: "pattern",
    text: "pattern",
    folder: "path",
    include: "glob",
    ignore_case: "ignoreCase",
  },
);
export type SearchTextInput = z.output<typeof searchTextInput>;

const batchCharacters = 256 * 1_024;
const maxShownCharacters = 300;

/** Searches the lines of text files. */
export function searchTextTool(): Tool<SearchTextInput> {
  return {
    name: "search_text",
    onlyReads: true,
    description:
      "Find lines that match a regular expression (JavaScript syntax) in the files of the project; folders of " +
      "dependencies and binary files left out. Results are path:line: text. Use it to find where something is before " +
      "you read whole files; for a name in code find_references is better.",
    input: searchTextInput,
    prepare: prepareSearch,
  };
}

async function prepareSearch(
  input: SearchTextInput,
  context: ToolContext,
): Promise<PreparedCall | ToolOutput> {
  return await readCall(context, {
    path: input.path,
    facts: ({ path }) => [factOf("search", input.pattern), factOf("in", path)],
    perform: (place, signal) => search(place, input, signal),
  });
}

interface Findings {
  readonly lines: string[];
  room: number;
  isFull: boolean;
}

async function search(place: TreePlace, input: SearchTextInput, signal: AbortSignal): Promise<ToolOutput> {
  const pattern = linePattern(input.pattern, { isLiteral: input.literal, ignoreCase: input.ignoreCase });
  const lineSearch = new LineSearch(pattern, input.maxResults + 1);
  const found: Findings = { lines: [], room: maxToolResultBytes - 300, isFull: false };
  const limits = { isReached: false };
  const fits = input.glob === undefined ? () => true : globFilter(input.glob);
  for await (const batch of batchesOf(textsIn(place, { fits, limits }, signal))) {
    const texts = batch.map(({ text }) => text);
    const first = lineSearch.find(texts);
    // The limit is wall-clock time: a machine under load gets a second try.
    const matches = first.kind === "tooSlow" ? lineSearch.find(texts) : first;
    if (matches.kind === "tooSlow") {
      return fault(
        "The pattern takes too long to match; make it simpler, or set literal to search for plain text",
      );
    }
    for (const [at, file] of batch.entries())
      collect(found, { ...file, numbers: matches.lines[at] ?? [] }, input);
    if (found.isFull) break;
  }
  return outputOf(`${found.lines.join("")}${noteOn(found, limits)}`);
}

function noteOn({ lines, isFull }: Findings, { isReached }: { isReached: boolean }): string {
  if (isFull) return "[more matches are left out; make the pattern or the path narrower]";
  if (isReached) return "[stopped: the project is larger than one search looks at; name a folder]";
  return lines.length === 0 ? "[no matches]" : "";
}

function collect(
  found: Findings,
  { path, text, numbers }: TreeText & { numbers: readonly number[] },
  { maxResults }: SearchTextInput,
): void {
  if (numbers.length === 0 || found.isFull) return;
  const lines = text.split("\n");
  for (const number of numbers) {
    const shown = (lines[number - 1] ?? "").trimEnd().slice(0, maxShownCharacters);
    const line = `${path.replaceAll(/\p{Cc}/gu, "\uFFFD")}:${number}: ${shown}\n`;
    found.room -= Buffer.byteLength(line);
    found.isFull = found.room < 0 || found.lines.length >= maxResults;
    if (found.isFull) return;
    found.lines.push(line);
  }
}

async function* batchesOf(files: AsyncIterable<TreeText>): AsyncGenerator<TreeText[]> {
  let batch: TreeText[] = [];
  let characters = 0;
  for await (const file of files) {
    batch.push(file);
    characters += file.text.length;
    if (characters < batchCharacters) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

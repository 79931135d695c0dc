import * as z from "zod";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import { textOfBytes } from "./find-file.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { cutToBytes, fault, outputOf } from "./tool-output.ts";
import { readTreeFile } from "./tree-file.ts";
import { locate } from "./tree-path.ts";
import { factOf } from "./visible-text.ts";

const readFileInput = lenientObject(
  {
    path: z.string().min(1).describe("File, relative to the root of the project"),
    offset: z.int().min(1).default(1).describe("First line, from 1"),
    limit: z.int().min(1).max(100_000).default(2_000).describe("Most lines"),
    numbered: z.boolean().default(false).describe("Put the line's number before each line"),
  },
  { file_path: "path", filePath: "path", file: "path", filename: "path", start_line: "offset" },
);
export type ReadFileInput = z.output<typeof readFileInput>;

// Room for the note on what is left out.
const maxShownBytes = maxToolResultBytes - 200;

/** Reads lines of a text file. */
export function readFileTool(): Tool<ReadFileInput> {
  return {
    name: "read_file",
    description:
      "Read a text file, or some of its lines. Long files come in parts; the result says how to go on.",
    input: readFileInput,
    prepare: prepareRead,
  };
}

async function prepareRead(input: ReadFileInput, context: ToolContext): Promise<PreparedCall | ToolOutput> {
  const located = await locate(context.folder, input.path);
  if (located.kind === "refused") return fault(located.reason);
  const { place } = located;
  return {
    access: { kind: "read", paths: [place.path] },
    hasEffect: false,
    facts: [factOf("read", place.path)],
    check: { kind: "none" },
    perform: async () => {
      const found = await readTreeFile(place);
      if (found.kind === "fault") return fault(found.reason);
      if (found.kind === "absent") return fault(`There is no file ${place.path}`);
      return shownFile(found.bytes, input, place.path);
    },
    recovered: () => fault(`${place.path} was not read`),
  };
}

function shownFile(bytes: Buffer, input: ReadFileInput, path: string): ToolOutput {
  const text = textOfBytes(bytes);
  if (text === null) return outputOf(`[${path} is a binary file of ${bytes.length} bytes]`);
  if (text === "") return outputOf(`[${path} is empty]`);
  return shownLines(text.replace(/^\uFEFF/, ""), input, path);
}

function shownLines(text: string, { offset, limit, numbered }: ReadFileInput, path: string): ToolOutput {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (offset > lines.length) return fault(`${path} has ${lines.length} lines; there is no line ${offset}`);
  const wanted = lines.slice(offset - 1, offset - 1 + limit);
  const shown: string[] = [];
  let room = maxShownBytes;
  for (const [at, line] of wanted.entries()) {
    const whole = numbered ? `${offset + at}\t${line}` : line;
    room -= Buffer.byteLength(whole);
    if (room < 0) break;
    shown.push(whole);
  }
  if (shown.length === 0) return outputOf(longLine(wanted[0] ?? "", offset));
  const last = offset + shown.length - 1;
  if (last === lines.length) return outputOf(shown.join(""));
  const note = `[lines ${offset} to ${last} of ${lines.length}; go on with offset ${last + 1}]`;
  return outputOf(`${shown.join("")}${note}`);
}

function longLine(line: string, number: number): string {
  const cut = cutToBytes(line, maxShownBytes);
  return `${cut}\n[line ${number} is ${line.length} characters long and cut off; go on with offset ${number + 1}]`;
}

import * as z from "zod";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import { binaryKind } from "./binary-kind.ts";
import { textOfBytes } from "./find-file.ts";
import { readCall } from "./read-call.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { cutToBytes, fault, outputOf } from "./tool-output.ts";
import { readTreeFile } from "./tree-file.ts";
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

/** Longer lines are cut, unless the line is read alone: data in one line would push out everything else. */
const maxLineCharacters = 2_000;

/** Reads lines of a text file. */
export function readFileTool(): Tool<ReadFileInput> {
  return {
    name: "read_file",
    onlyReads: true,
    description:
      "Read a text file, or some of its lines. Long files come in parts; the result says how to go on. Read a file " +
      "before you change it, and read what you need at once: several calls in one answer go together.",
    input: readFileInput,
    prepare: prepareRead,
  };
}

async function prepareRead(input: ReadFileInput, context: ToolContext): Promise<PreparedCall | ToolOutput> {
  return await readCall(context, {
    path: input.path,
    facts: ({ path }) => [factOf("read", path)],
    perform: async (place) => {
      const found = await readTreeFile(place);
      if (found.kind === "fault") return fault(withAdvice(found.reason));
      if (found.kind === "absent") {
        return fault(`There is no file ${place.path}; list_files with a pattern finds one by its name`);
      }
      return shownFile(found.bytes, input, place.path);
    },
  });
}

function withAdvice(reason: string): string {
  return reason.endsWith("is a folder") ? `${reason}; list_files shows what is in it` : reason;
}

function shownFile(bytes: Buffer, input: ReadFileInput, path: string): ToolOutput {
  const text = textOfBytes(bytes);
  if (text === null) {
    return outputOf(`[${path} is ${binaryKind(bytes)}, ${bytes.length} bytes; it cannot be shown as text]`);
  }
  if (text === "") return outputOf(`[${path} is empty]`);
  return shownLines(text.replace(/^\uFEFF/, ""), input, path);
}

function shownLines(text: string, { offset, limit, numbered }: ReadFileInput, path: string): ToolOutput {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (offset > lines.length) return fault(`${path} has ${lines.length} lines; there is no line ${offset}`);
  const wanted = lines.slice(offset - 1, offset - 1 + limit);
  if (wanted.length === 1 && limit === 1) return outputOf(loneLine(wanted[0] ?? "", offset, lines.length));
  const shown: string[] = [];
  let room = maxShownBytes;
  for (const [at, line] of wanted.entries()) {
    const cut = shortened(line);
    const whole = numbered ? `${offset + at}\t${cut}` : cut;
    room -= Buffer.byteLength(whole);
    if (room < 0) break;
    shown.push(whole);
  }
  const last = offset + shown.length - 1;
  if (last === lines.length) return outputOf(shown.join(""));
  const note = `[lines ${offset} to ${last} of ${lines.length}; go on with offset ${last + 1}]`;
  return outputOf(`${shown.join("")}${note}`);
}

function shortened(line: string): string {
  if (line.length <= maxLineCharacters + 1) return line;
  const kept = line.slice(0, maxLineCharacters).replace(/[\uD800-\uDBFF]$/, "");
  return `${kept}[… ${line.length - kept.length} more characters; read this line alone with limit 1]\n`;
}

function loneLine(line: string, number: number, count: number): string {
  const cut = cutToBytes(line, maxShownBytes);
  if (cut.length < line.length)
    return `${cut}\n[line ${number} is ${line.length} characters long and cut off here]`;
  return number === count ? cut : `${cut}[line ${number} of ${count}]`;
}

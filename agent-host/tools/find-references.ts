import * as z from "zod";
import type {
  AnalysisQueries,
  QueriedFile,
  ReferencePlace,
  ReferencesAnswer,
} from "../analysis/queries/query.ts";
import { isHostError } from "../core/host-error.ts";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import { readCall } from "./read-call.ts";
import type { Tool, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { badCall, fault, outputOf } from "./tool-output.ts";
import type { TreePlace } from "./tree-path.ts";
import { textsIn } from "./tree-texts.ts";
import { factOf, visibleText } from "./visible-text.ts";

const findReferencesInput = lenientObject(
  {
    name: z.string().min(1).max(200).describe("The identifier, alone: no dots, no brackets"),
    path: z
      .string()
      .min(1)
      .default(".")
      .describe("File or folder to look in, relative to the root of the project"),
  },
  { symbol: "name", identifier: "name", query: "name", folder: "path", file: "path", file_path: "path" },
);
export type FindReferencesInput = z.output<typeof findReferencesInput>;

// What one process is given to parse.
const maxFiles = 1_000;
const maxCharacters = 24 * 1_024 * 1_024;
const maxPlaces = 400;

/** Finds an identifier by syntax. */
export function findReferencesTool({
  references,
}: Pick<AnalysisQueries, "references">): Tool<FindReferencesInput> {
  return {
    name: "find_references",
    onlyReads: true,
    description:
      "Where an identifier is defined, imported and used, definitions first. TypeScript, JavaScript and Python by " +
      "syntax, so strings and comments do not count; other languages as a word. It goes by the name alone: different " +
      "things of the same name come together. Use it before you rename or remove something.",
    input: findReferencesInput,
    prepare: async (input, context) => {
      const name = input.name.trim().replace(/^#/, "");
      if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) {
        return badCall(
          `${JSON.stringify(input.name)} is no single identifier; use search_text for other text`,
        );
      }
      return await readCall(context, {
        path: input.path,
        facts: ({ path }) => [factOf("find references of", name), factOf("in", path)],
        perform: (place, signal) => find({ name, place, references }, signal),
      });
    },
  };
}

interface Wanted {
  readonly name: string;
  readonly place: TreePlace;
  readonly references: AnalysisQueries["references"];
}

async function find({ name, place, references }: Wanted, signal: AbortSignal): Promise<ToolOutput> {
  const limits = { isReached: false };
  const files: QueriedFile[] = [];
  let characters = 0;
  for await (const file of textsIn(place, { fits: () => true, limits }, signal)) {
    // Cheaper than to parse what cannot hold it.
    if (!file.text.includes(name)) continue;
    characters += file.text.length;
    limits.isReached ||= files.length >= maxFiles || characters > maxCharacters;
    if (limits.isReached) break;
    files.push(file);
  }
  if (files.length === 0) return outputOf(`[${name} stands nowhere in ${place.path}]`);
  try {
    const answer = await references({ kind: "references", name, files, maxPlaces }, signal);
    return outputOf(shown(answer, { name, isCut: limits.isReached }));
  } catch (error) {
    signal.throwIfAborted();
    if (!isHostError(error)) throw error;
    return fault(`The files could not be parsed (${error.message}). Use search_text, or a narrower path`);
  }
}

function shown(
  { places, total }: ReferencesAnswer,
  { name, isCut }: { name: string; isCut: boolean },
): string {
  if (total === 0) return `[${name} stands only in strings and comments; search_text finds those]`;
  const lines: string[] = [];
  let room = maxToolResultBytes - 600;
  let left = total - places.length;
  let file = "";
  for (const place of places) {
    const line = `${place.file === file ? "" : `${visibleText(place.file)}\n`}${lineOf(place)}\n`;
    room -= Buffer.byteLength(line);
    if (room < 0) left += 1;
    else lines.push(line);
    file = room < 0 ? file : place.file;
  }
  return `${lines.join("")}${notesOn(places, { name, left, isCut }).join("\n")}`;
}

function lineOf({ line, kind, text }: ReferencePlace): string {
  return `  ${line}: ${kind}: ${text}`;
}

function notesOn(
  places: readonly ReferencePlace[],
  { name, left, isCut }: { name: string; left: number; isCut: boolean },
): string[] {
  const notes = [`[found by the name ${name}; things that share it are not told apart]`];
  if (places.some(({ kind }) => kind === "word")) {
    notes.push("[`word`: no parser for this file here, so strings and comments count too]");
  }
  if (left > 0) notes.push(`[${left} more places are left out; name a file or folder]`);
  if (isCut) notes.push("[stopped: more files hold this name than one call looks at; name a folder]");
  return notes;
}

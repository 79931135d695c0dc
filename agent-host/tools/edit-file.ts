import * as z from "zod";
import { applyEdits } from "./apply-edits.ts";
import { changedFile } from "./changed-file.ts";
import { findFileToChange, textOfBytes } from "./find-file.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { badCall, fault } from "./tool-output.ts";
import { maxFileBytes, tooLarge } from "./tree-file.ts";

const editNames = {
  old_string: "oldText",
  old_str: "oldText",
  oldString: "oldText",
  old_text: "oldText",
  search: "oldText",
  new_string: "newText",
  new_str: "newText",
  newString: "newText",
  new_text: "newText",
  replace: "newText",
  replace_all: "replaceAll",
};

const editShape = {
  oldText: z.string().describe("Exactly what stands there now, with enough around it to be found only once"),
  newText: z.string().describe("What shall stand there instead"),
  replaceAll: z.boolean().default(false).describe("Replace every place where it stands"),
};

const edits = z.array(lenientObject(editShape, editNames)).min(1).max(200);

// One edit may stand in the input itself; then it becomes a list of one before anything else is looked at.
const editFileInput = z.preprocess(
  withEdits,
  lenientObject(
    { path: z.string().min(1).describe("File, relative to the root of the project"), edits },
    { file_path: "path", filePath: "path", file: "path", filename: "path" },
  ),
);
export type EditFileInput = z.output<typeof editFileInput>;

/** Replaces exact pieces of text in a file. */
export function editFileTool(): Tool<EditFileInput> {
  return {
    name: "edit_file",
    description:
      "Replace exact pieces of text in a file, one after the other; all or none. Each oldText must stand in the file " +
      "exactly once (blanks and indentation count, line numbers do not belong to it), unless replaceAll is set. Read " +
      "the file first. Make all changes of one file in one call.",
    input: editFileInput,
    prepare: prepareEdit,
  };
}

async function prepareEdit(input: EditFileInput, context: ToolContext): Promise<PreparedCall | ToolOutput> {
  const senseless = input.edits.map(problemOf).find((problem) => problem !== null);
  if (senseless !== undefined) return badCall(senseless);
  const looked = await findFileToChange(context, input.path);
  if ("text" in looked) return looked;
  const { path } = looked.place;
  if (looked.found.kind === "absent") return fault(`There is no file ${path}; write_file makes one`);
  const text = textOfBytes(looked.found.bytes);
  if (text === null) return fault(`${path} is a binary file; edit_file changes text only`);
  const edited = applyEdits(text, input.edits);
  if (edited.kind === "fault") return fault(`${path}: ${edited.reason}`);
  const bytes = Buffer.from(edited.text);
  if (bytes.length > maxFileBytes) return fault(tooLarge(path, bytes.length).reason);
  const times = edited.replaced === 1 ? "1 place" : `${edited.replaced} places`;
  return changedFile(looked, { bytes, said: `Edited ${path} in ${times}` });
}

/** What makes no sense whatever the file holds. */
function problemOf({ oldText, newText }: EditFileInput["edits"][number]): string | null {
  if (oldText === "") return "oldText is empty; write_file makes or replaces a whole file";
  return oldText === newText ? "oldText and newText are the same" : null;
}

function withEdits(input: unknown): unknown {
  if (input === null || typeof input !== "object" || Array.isArray(input) || "edits" in input) return input;
  return { ...input, edits: [input] };
}

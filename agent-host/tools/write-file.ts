import * as z from "zod";
import { changedFile } from "./changed-file.ts";
import { findFileToChange } from "./find-file.ts";
import type { Tool } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { fault } from "./tool-output.ts";
import { maxFileBytes, tooLarge } from "./tree-file.ts";

const writeFileInput = lenientObject(
  {
    path: z.string().min(1).describe("File, relative to the root of the project; folders are made as needed"),
    content: z.string().describe("The whole new content"),
  },
  {
    file_path: "path",
    filePath: "path",
    file: "path",
    filename: "path",
    contents: "content",
    text: "content",
    file_text: "content",
  },
);
export type WriteFileInput = z.output<typeof writeFileInput>;

/** Creates a file, or replaces the whole of one. */
export function writeFileTool(): Tool<WriteFileInput> {
  return {
    name: "write_file",
    description: "Create a file or replace the whole of it. To change parts of a file use edit_file.",
    input: writeFileInput,
    prepare: async ({ path, content }, context) => {
      const looked = await findFileToChange(context, path);
      if ("text" in looked) return looked;
      const bytes = Buffer.from(content);
      if (bytes.length > maxFileBytes) return fault(tooLarge(looked.place.path, bytes.length).reason);
      const verb = looked.found.kind === "absent" ? "Created" : "Replaced";
      return changedFile(looked, { bytes, said: `${verb} ${looked.place.path} (${bytes.length} bytes)` });
    },
  };
}

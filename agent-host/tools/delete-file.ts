import * as z from "zod";
import { changedFile } from "./changed-file.ts";
import { findFileToChange } from "./find-file.ts";
import type { Tool } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { fault } from "./tool-output.ts";

const deleteFileInput = lenientObject(
  { path: z.string().min(1).describe("File, relative to the root of the project") },
  { file_path: "path", filePath: "path", file: "path", filename: "path" },
);
export type DeleteFileInput = z.output<typeof deleteFileInput>;

/** Deletes one file. */
export function deleteFileTool(): Tool<DeleteFileInput> {
  return {
    name: "delete_file",
    description: "Delete one file.",
    input: deleteFileInput,
    prepare: async ({ path }, context) => {
      const looked = await findFileToChange(context, path);
      if ("text" in looked) return looked;
      if (looked.found.kind === "absent") return fault(`There is no file ${looked.place.path}`);
      return changedFile(looked, { bytes: null, said: `Deleted ${looked.place.path}` });
    },
  };
}

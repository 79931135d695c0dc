import * as z from "zod";
import { changeSetIdSchema, taskIdSchema, treeHashSchema } from "./ids.ts";

/** One file of a change set. `path` is workspace-relative with `/`; renames are a deletion and an addition. */
export const changedFileSchema = z.strictObject({
  path: z.string().min(1).max(4_096),
  status: z.enum(["added", "modified", "deleted"]),
  /** Lines added and removed; null for a binary file. */
  added: z.int().min(0).nullable(),
  removed: z.int().min(0).nullable(),
  /** Git's mode after the change, `100644`, `100755` or `120000`; null when deleted. */
  mode: z.string().nullable(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

/** The work of one task as a difference between two trees. */
export const changeSetSchema = z.strictObject({
  changeSetId: changeSetIdSchema,
  taskId: taskIdSchema,
  base: treeHashSchema,
  result: treeHashSchema,
  files: z.array(changedFileSchema).max(100_000),
});
export type ChangeSet = z.infer<typeof changeSetSchema>;

/** Files and changed lines; a binary file counts as one line. */
export function sizeOf(files: readonly ChangedFile[]): { files: number; lines: number } {
  const lines = files.reduce((sum, file) => sum + (file.added ?? 1) + (file.removed ?? 0), 0);
  return { files: files.length, lines };
}

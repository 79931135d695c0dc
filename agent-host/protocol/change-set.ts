import * as z from "zod";
import { changeSetIdSchema, runIdSchema, taskIdSchema, treeHashSchema } from "./ids.ts";

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

/**
 * What one run would change, or has changed. `proposed`: not applied yet · `applied`: it stands in the workspace ·
 * `undone`: it was taken back, and can be applied again.
 */
export const changeSummarySchema = z.strictObject({
  runId: runIdSchema,
  /** First line of the run's goal. */
  title: z.string(),
  state: z.enum(["proposed", "applied", "undone"]),
  /** When that became so, ISO 8601 UTC. */
  since: z.string(),
  files: z.int().min(0),
  added: z.int().min(0),
  removed: z.int().min(0),
  tree: treeHashSchema,
});
export type ChangeSummary = z.infer<typeof changeSummarySchema>;

/** One hunk of one file. Lines are 1-based, as in a unified diff; `index` counts from 0 in the file. */
export const hunkSchema = z.strictObject({
  index: z.int().min(0),
  beforeStart: z.int().min(0),
  beforeLines: z.int().min(0),
  afterStart: z.int().min(0),
  afterLines: z.int().min(0),
  /** Its lines with ` `, `-` or `+` before each; not more than 200 KB of them. */
  text: z.string(),
});
export type Hunk = z.infer<typeof hunkSchema>;

/** What to leave out of a change: a whole file, or some of its hunks. */
export const discardSchema = z.strictObject({
  path: z.string().min(1).max(4_096),
  /** Indexes as `change/file` gave them; absent: the whole file. */
  hunks: z.array(z.int().min(0)).min(1).max(10_000).optional(),
});
export type Discard = z.infer<typeof discardSchema>;

/** Files and changed lines; a binary file counts as one line. */
export function sizeOf(files: readonly ChangedFile[]): { files: number; lines: number } {
  const lines = files.reduce((sum, file) => sum + (file.added ?? 1) + (file.removed ?? 0), 0);
  return { files: files.length, lines };
}

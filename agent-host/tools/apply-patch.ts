import * as z from "zod";
import { changedFiles } from "./changed-file.ts";
import { parsePatch } from "./patch/parse-patch.ts";
import { maxPatchedFiles, planPatch } from "./patch/plan-patch.ts";
import type { Tool } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { badCall, fault } from "./tool-output.ts";

const maxPatchCharacters = 1_024 * 1_024;

const applyPatchInput = z.preprocess(
  (input) => (typeof input === "string" ? { patch: input } : input),
  lenientObject(
    { patch: z.string().min(1).max(maxPatchCharacters).describe("The patch, in one of the two forms") },
    { input: "patch", diff: "patch", patchText: "patch", patch_text: "patch", content: "patch" },
  ),
);
export type ApplyPatchInput = z.output<typeof applyPatchInput>;

/** Changes several files at once, as a patch says. */
export function applyPatchTool(): Tool<ApplyPatchInput> {
  return {
    name: "apply_patch",
    description:
      `Change, add, delete or move several files (at most ${maxPatchedFiles}) at once; all or none. Takes a unified ` +
      "diff (`--- a/file`, `+++ b/file`, `@@ -1,3 +1,4 @@`) or the form `*** Begin Patch`, `*** Update File: path` " +
      "(or Add File, Delete File, Move to), `@@ line that stands before`, lines that begin with a blank, - or +, " +
      "`*** End Patch`. Lines that stay or go must be exactly those of the file, three around each change; line " +
      "numbers need not be right. For one small change use edit_file.",
    input: applyPatchInput,
    prepare: async ({ patch }, context) => {
      const parsed = parsePatch(patch);
      if (parsed.kind === "fault") return badCall(`this is no patch: ${parsed.reason}`);
      if (!context.isWritable) return fault("This task only reads: nothing in its folder may change");
      const planned = await planPatch(parsed.files, context);
      return "text" in planned ? planned : changedFiles(planned.changes, planned.said);
    },
  };
}

import * as z from "zod";
import { rulesSchema } from "./rules.ts";
import { budgetSchema, scopeSchema } from "./scope.ts";

/** What a run is pinned to when it begins; a later change of files or settings does not reach it. */
export const pinnedRunSchema = z.strictObject({
  rules: rulesSchema,
  scope: scopeSchema,
  budget: budgetSchema,
  /** Commands that criteria name, by name; absent ones were not found in the workspace. */
  commands: z.record(z.string(), z.array(z.string()).min(1)),
});
export type PinnedRun = z.infer<typeof pinnedRunSchema>;

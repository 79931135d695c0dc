import * as z from "zod";

/** What one run may touch, fixed when it is created and checked on every tool call. Paths are globs, workspace-relative. */
export const scopeSchema = z.strictObject({
  paths: z.array(z.string().min(1).max(500)).min(1).max(100),
  /** Commands that need no question, each a list of leading arguments (`["npm", "test"]`). */
  commands: z.array(z.array(z.string().min(1).max(500)).min(1).max(20)).max(100),
  /** Hosts that tools may reach. */
  hosts: z.array(z.string().min(1).max(253)).max(100),
  /** Most files and changed lines of all change sets together. */
  maxFiles: z.int().min(0).max(100_000),
  maxLines: z.int().min(0).max(10_000_000),
});
export type Scope = z.infer<typeof scopeSchema>;

/** Most that one run may use. null: no limit of this kind. */
export const budgetSchema = z.strictObject({
  tokens: z.int().min(0).nullable(),
  usd: z.number().min(0).nullable(),
  minutes: z.number().min(0).nullable(),
  /** Complexity points of all planned tasks together. */
  complexity: z.int().min(0).nullable(),
  modelCalls: z.int().min(0).nullable(),
});
export type Budget = z.infer<typeof budgetSchema>;

/** New limits of a run; those that are not named stay. To lift one altogether is for the rules. */
export const budgetExtensionSchema = z.strictObject({
  tokens: z.int().min(0).optional(),
  usd: z.number().min(0).max(1_000_000).optional(),
  minutes: z.number().min(0).optional(),
  complexity: z.int().min(0).optional(),
  modelCalls: z.int().min(0).optional(),
});
export type BudgetExtension = z.infer<typeof budgetExtensionSchema>;

/** Tokens and money of finished or of reserved model calls. `usd` counts only calls with a known price. */
export const amountSchema = z.strictObject({
  tokens: z.int().min(0),
  usd: z.number().min(0),
  modelCalls: z.int().min(0),
});
export type Amount = z.infer<typeof amountSchema>;

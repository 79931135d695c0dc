import * as z from "zod";

/** A SHA-256 digest as 64 lower-case hexadecimal digits. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits expected");
export type Sha256 = z.infer<typeof sha256Schema>;

/** First 16 hexadecimal digits of the SHA-256 of the workspace folder's real path (NFC). */
export const workspaceIdSchema = z
  .string()
  .regex(/^[0-9a-f]{16}$/, "16 lower-case hexadecimal digits expected");
export type WorkspaceId = z.infer<typeof workspaceIdSchema>;

/** `r-` and a part that sorts by start time. Also the name of the run's folder, hence the narrow alphabet. */
export const runIdSchema = z
  .string()
  .regex(/^r-[0-9a-z-]{1,40}$/, "a run id such as r-mbx3k2f1-7f3a9c expected");
export type RunId = z.infer<typeof runIdSchema>;

/** `t-` and a short name, unique within its run. */
export const taskIdSchema = z
  .string()
  .regex(/^t-[0-9a-z-]{1,60}$/, "a task id such as t-analyze-code expected");
export type TaskId = z.infer<typeof taskIdSchema>;

/** `g-`, the phase, and how often it was evaluated: one evaluation of one phase's gate within its run. */
export const gateIdSchema = z.string().regex(/^g-[0-9a-z-]{1,60}$/, "a gate id such as g-review-1 expected");
export type GateId = z.infer<typeof gateIdSchema>;

/** `a-` and a part nobody can guess; unique within the workspace. */
export const approvalIdSchema = z
  .string()
  .regex(/^a-[0-9a-z-]{1,60}$/, "an approval id such as a-7f3a9c21 expected");
export type ApprovalId = z.infer<typeof approvalIdSchema>;

/** Names one side effect of a run: task, attempt, turn and place in the turn, so that a resumed task finds its own. */
export const effectIdSchema = z.string().regex(/^e-[0-9a-z-]{1,120}$/, "an effect id expected");
export type EffectId = z.infer<typeof effectIdSchema>;

/** `c-` and the task whose work it is. */
export const changeSetIdSchema = z.string().regex(/^c-[0-9a-z-]{1,80}$/, "a change set id expected");
export type ChangeSetId = z.infer<typeof changeSetIdSchema>;

/** Git's name of a whole tree of files (SHA-256 object format). */
export const treeHashSchema = sha256Schema;
export type TreeHash = z.infer<typeof treeHashSchema>;

/** First 16 hexadecimal digits of the SHA-256 of an approver's public key (SPKI, DER). */
export const keyIdSchema = z.string().regex(/^[0-9a-f]{16}$/, "16 lower-case hexadecimal digits expected");
export type KeyId = z.infer<typeof keyIdSchema>;

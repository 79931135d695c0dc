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

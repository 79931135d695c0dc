import * as z from "zod";

/** What stands in the lock file. */
export const lockSchema = z.object({
  pid: z.int().min(1),
  nonce: z.string(),
  /** Start time of that process in clock ticks: a number used again belongs to a stranger. */
  processStart: z.string().nullable(),
  /** Boot and process namespace: process ids of another machine or container say nothing here. */
  pidSpace: z.string().nullable(),
});
export type LockContent = z.infer<typeof lockSchema>;

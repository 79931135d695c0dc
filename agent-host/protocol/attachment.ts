import * as z from "zod";

/**
 * What a person adds to a goal. `path` is workspace-relative with `/`. `text` is what the client knows and the host
 * cannot: the editor's problems, a selection. Of files, folders and the difference to the last commit the host reads
 * the content itself, when the run begins.
 */
export const attachmentSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("file"),
    path: z.string().min(1).max(4_096),
    /** Only these lines, from 1, both included; all where absent. */
    lines: z.strictObject({ from: z.int().min(1), to: z.int().min(1) }).optional(),
  }),
  z.strictObject({ kind: z.literal("folder"), path: z.string().min(1).max(4_096) }),
  z.strictObject({ kind: z.literal("diff") }),
  z.strictObject({ kind: z.literal("problems"), text: z.string().max(100_000) }),
  z.strictObject({
    kind: z.literal("text"),
    title: z.string().min(1).max(200),
    text: z.string().max(100_000),
  }),
]);
export type Attachment = z.infer<typeof attachmentSchema>;

/** Most attachments of one run. */
export const maxAttachments = 50;

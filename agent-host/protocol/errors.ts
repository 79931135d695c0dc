import * as z from "zod";

/** JSON-RPC error code of every refusal and failure of ours; `data.code` tells which. */
export const applicationErrorCode = -32_000;

/** `data` of a JSON-RPC error. `code` is `area.name`; `hint` says what to do next. */
export const errorDataSchema = z.object({
  code: z.string(),
  hint: z.string().optional(),
  errorId: z.string().optional(),
});
export type ErrorData = z.infer<typeof errorDataSchema>;

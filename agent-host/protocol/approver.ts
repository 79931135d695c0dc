import * as z from "zod";
import { keyIdSchema } from "./ids.ts";
import { humanRoleSchema } from "./phase.ts";

/** A key that may decide. `publicKey` is SPKI in base64. */
export const approverSchema = z.strictObject({
  keyId: keyIdSchema,
  publicKey: z.string().min(40).max(200),
  /** Who holds it; shown and journaled, never a secret. */
  identity: z.string().min(1).max(100),
  role: humanRoleSchema,
});
export type Approver = z.infer<typeof approverSchema>;

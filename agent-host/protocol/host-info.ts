import * as z from "zod";
import { workspaceIdSchema } from "./ids.ts";

export const protocolRangeSchema = z.strictObject({ min: z.int().min(1), max: z.int().min(1) });
export type ProtocolRange = z.infer<typeof protocolRangeSchema>;

/** `host.json` (0600): how to reach the live host of a workspace. `token` is new at every start. */
export const hostInfoSchema = z.object({
  endpoint: z.string().min(1).max(4_096),
  token: z.string().regex(/^[0-9a-f]{64}$/),
  pid: z.int().min(1),
  version: z.string(),
  protocol: protocolRangeSchema,
  startedAt: z.string(),
  mode: z.enum(["editor", "command-line", "serve"]),
});
export type HostInfo = z.infer<typeof hostInfoSchema>;

/** `workspace.json`: which folder a state folder belongs to. */
export const workspaceInfoSchema = z.object({
  workspaceId: workspaceIdSchema,
  path: z.string().min(1),
  format: z.int().min(1),
});
export type WorkspaceInfo = z.infer<typeof workspaceInfoSchema>;

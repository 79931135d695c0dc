import type { Actor } from "../protocol/journal.ts";

/** Whoever holds the workspace's token: may watch, start, steer and cancel. To decide takes an approver's key. */
export const localUser: Actor = { kind: "user", id: "local-user", role: "developer" };

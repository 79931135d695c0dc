import type { ProtocolRange } from "./host-info.ts";

/** Protocol versions this build speaks. Raise `max` with each change, `min` when an old form is dropped. */
export const protocolRange = { min: 1, max: 1 } as const;

/** The highest version both sides speak, or null. */
export function negotiateProtocol(ours: ProtocolRange, theirs: ProtocolRange): number | null {
  const version = Math.min(ours.max, theirs.max);
  return version >= Math.max(ours.min, theirs.min) ? version : null;
}

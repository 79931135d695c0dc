import type { Entry } from "../protocol/journal.ts";

/** Turns data of one version of an event type into that of the next. Pure. */
export type Upcaster = (data: Entry["data"]) => Entry["data"];

/** Event type → version → the step to the next version. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;

/** Steps for all older versions this program still reads. None yet: every type is at version 1. */
export const shippedUpcasters: Upcasters = {};

/** The entry as today's schemas want it. An unknown type or a newer version stays as it is. */
export function upcast(entry: Entry, upcasters: Upcasters): Entry {
  const steps = Object.hasOwn(upcasters, entry.type) ? upcasters[entry.type] : undefined;
  let { v, data } = entry;
  for (let step = steps?.[v]; step !== undefined; step = steps?.[v]) {
    data = step(data);
    v += 1;
  }
  return v === entry.v ? entry : { ...entry, v, data };
}

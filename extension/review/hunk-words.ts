import type { Translate } from "../views/tree-row.ts";
import type { HunkPlace } from "./hunk-places.ts";

/** Which lines a part is about, in words: `lines 12–15`. Pure. */
export function linesOf({ index, spans }: HunkPlace, t: Translate): string {
  if (index === null) return t("the whole file");
  const span = spans.after.isEmpty ? spans.before : spans.after;
  const first = span.first + 1;
  const last = span.last + 1;
  if (spans.after.isEmpty) {
    return first === last ? t("deleted line {0}", first) : t("deleted lines {0}–{1}", first, last);
  }
  return first === last ? t("line {0}", first) : t("lines {0}–{1}", first, last);
}

/** `Change 2 of 5, reviewed`: where a part stands and whether it was looked at. Pure. */
export function hunkState(number: number, count: number, isKept: boolean, t: Translate): string {
  return isKept ? t("Change {0} of {1}, reviewed", number, count) : t("Change {0} of {1}", number, count);
}

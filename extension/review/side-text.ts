import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { Translate } from "../views/tree-row.ts";
import type { Side } from "./change-uri.ts";
import type { FileChange } from "./hunk-places.ts";

/** What a document shows for a side: its text, "" where the file is not there, or in words why it is not shown. Pure. */
export function sideText(
  change: FileChange,
  file: Pick<ChangedFile, "status"> | undefined,
  side: Side,
  t: Translate,
): string {
  const text = change[side];
  if (text !== null) return text;
  const absent = side === "before" ? "added" : "deleted";
  if (file?.status === absent) return "";
  // Each side has words of its own: equal ones would look as if nothing changed.
  if (change.isBinary) {
    return side === "before"
      ? t("This file is binary. What stood here before the change is not shown as text.")
      : t("This file is binary. What the change makes of it is not shown as text.");
  }
  return side === "before"
    ? t("This file is too long to show. It is more than 1,000,000 bytes before the change.")
    : t("This file is too long to show. It is more than 1,000,000 bytes after the change.");
}

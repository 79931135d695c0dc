import type { ChangeSummary } from "../../agent-host/protocol/change-set.ts";
import type { RowLanguage, Translate } from "../views/tree-row.ts";

/** `applied · 3 files · +48 −14`, zeros left out. Pure. */
export function changeStateText(
  { state, files, added, removed }: ChangeSummary,
  { t, locale }: Pick<RowLanguage, "t" | "locale">,
): string {
  const number = new Intl.NumberFormat(locale);
  const words: Readonly<Record<ChangeSummary["state"], string>> = {
    proposed: t("proposed"),
    applied: t("applied"),
    undone: t("undone"),
  };
  const counts = [
    added === 0 ? "" : `+${number.format(added)}`,
    removed === 0 ? "" : `−${number.format(removed)}`,
  ];
  return [words[state], filesText(files, t), counts.filter(Boolean).join(" ")].filter(Boolean).join(" · ");
}

/** `1 file`, `3 files`. Pure. */
export function filesText(files: number, t: Translate): string {
  return files === 1 ? t("1 file") : t("{0} files", files);
}

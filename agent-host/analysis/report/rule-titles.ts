import { ruleCatalogue } from "../rules/catalogue.ts";

const titles: ReadonlyMap<string, string> = new Map(ruleCatalogue.map((rule) => [rule.id, rule.title]));

/** A rule's name for people; made from the id for rules that are not the analysis engine's own. */
export function titleOf(ruleId: string): string {
  const known = titles.get(ruleId);
  if (known !== undefined) return known;
  const words = (ruleId.split("/").at(-1) ?? ruleId).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

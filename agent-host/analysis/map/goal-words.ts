/** Words that tell nothing about where in a repository something is. */
const common: ReadonlySet<string> = new Set(
  (
    "the and for with that this from into when then than add all also any are but can could does each else file files " +
    "fix has have how implement its let make more must need needs new not now one only other our out please remove " +
    "should show some such support test tests than their them there they too update use used uses using want was way " +
    "what which will work works would write you your code change create function method class bug error feature"
  ).split(" "),
);

const maxWords = 60;

/** The words of a goal by which files can be found: lower case, without endings for number, parts of names too. */
export function goalWords(goal: string): string[] {
  const found = new Set<string>();
  for (const word of goal.match(/[\p{L}\p{N}_$]{3,60}/gu) ?? []) {
    const parts = word.split(/[_$]|(?<=\p{Ll}|\p{N})(?=\p{Lu})/u);
    for (const part of parts.length > 1 ? [word, ...parts] : parts) {
      const stem = part.toLowerCase().replace(/(?<=\w{3})(?:ies|es|s)$/, "");
      if (stem.length >= 3 && !common.has(part.toLowerCase()) && !common.has(stem)) found.add(stem);
    }
    if (found.size >= maxWords) break;
  }
  return [...found].slice(0, maxWords);
}

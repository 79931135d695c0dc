/**
 * The verb of a goal that asks for a change of the code, or null. English only, first words only: a guess that
 * errs towards null, because whoever names a profile is not asked.
 */
export function changeVerbOf(goal: string): string | null {
  const words = goal.trim().toLowerCase().split(/\s+/, 4);
  const start = words.findIndex((word) => !politeWords.has(word.replace(/[^a-z']/g, "")));
  const verb = words[start]?.replace(/[^a-z]/g, "") ?? "";
  return changeVerbs.has(verb) ? verb : null;
}

const politeWords = new Set(["please", "can", "could", "you", "let's", "lets", "we", "should", "must"]);

const changeVerbs = new Set([
  "add",
  "build",
  "change",
  "convert",
  "create",
  "delete",
  "extract",
  "fix",
  "implement",
  "migrate",
  "move",
  "optimise",
  "optimize",
  "port",
  "refactor",
  "remove",
  "rename",
  "replace",
  "rewrite",
  "split",
  "update",
  "upgrade",
  "write",
]);

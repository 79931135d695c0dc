import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";

/**
 * The files of a change that a refusal of the host names in its words. A name counts only as a whole: `a.ts` is not
 * named by `data.ts`. Pure.
 */
export function namedIn(words: string, files: readonly Pick<ChangedFile, "path">[]): string[] {
  const longestFirst = files.map(({ path }) => path).sort((one, other) => other.length - one.length);
  let rest = words;
  const named = new Set<string>();
  for (const path of longestFirst) {
    const parts = rest.split(path);
    const isNamed = parts.some(
      (part, index) => index > 0 && endsName(parts[index - 1] ?? "") && startsName(part),
    );
    if (!isNamed) continue;
    named.add(path);
    // A shorter path that is its end is not named by it.
    rest = parts.join("\0");
  }
  return files.map(({ path }) => path).filter((path) => named.has(path));
}

function endsName(before: string): boolean {
  return before === "" || !/[\w./-]$/.test(before);
}

function startsName(after: string): boolean {
  return after === "" || !/^(?:[\w/-]|\.\w)/.test(after);
}

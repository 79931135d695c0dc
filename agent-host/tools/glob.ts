const maxAlternatives = 64;

/**
 * Whether a path (with `/`) fits a glob: `*`, `?` and `[…]` within a name, `**` over folders, `{a,b}`. A glob without
 * `/` is about the name alone, wherever it is. Takes time linear in path times glob, whatever the glob.
 */
export function globFilter(glob: string): (path: string) => boolean {
  const alternatives = alternativesOf(glob.replace(/^\.?\//, "")).map((each) => {
    return each.includes("/") ? each.split("/") : ["**", each];
  });
  return (path) => {
    const names = path.split("/");
    return alternatives.some((parts) => fitsPath(parts, names));
  };
}

function alternativesOf(glob: string): string[] {
  let found = [glob];
  // Each round takes one pair of braces out of each glob that has one.
  while (found.length < maxAlternatives && found.some((each) => /\{[^{}]*\}/.test(each))) {
    found = found.flatMap((each) => {
      const match = /\{([^{}]*)\}/.exec(each);
      if (match === null) return [each];
      const before = each.slice(0, match.index);
      const after = each.slice(match.index + match[0].length);
      return (match[1] ?? "").split(",").map((part) => `${before}${part}${after}`);
    });
  }
  return found.slice(0, maxAlternatives);
}

function fitsPath(parts: readonly string[], names: readonly string[]): boolean {
  return fits(parts, names, { isMany: (part) => part === "**", fitsOne: fitsName });
}

function fitsName(part: string, name: string): boolean {
  const pieces = part.match(/\[[!^]?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  return fits(pieces, [...name], { isMany: (piece) => piece === "*", fitsOne: fitsCharacter });
}

interface Matcher {
  isMany(part: string): boolean;
  fitsOne(part: string, item: string): boolean;
}

// Only the last "many" before a mismatch need take one item more: what the ones before it took stays right.
function fits(parts: readonly string[], items: readonly string[], { isMany, fitsOne }: Matcher): boolean {
  let part = 0;
  let retry: { part: number; item: number } | null = null;
  for (let item = 0; item < items.length; ) {
    const current = parts[part];
    if (current !== undefined && isMany(current)) {
      retry = { part, item };
      part += 1;
    } else if (current !== undefined && fitsOne(current, items[item] ?? "")) {
      part += 1;
      item += 1;
    } else if (retry !== null) {
      retry = { part: retry.part, item: retry.item + 1 };
      part = retry.part + 1;
      item = retry.item;
    } else {
      return false;
    }
  }
  return parts.slice(part).every(isMany);
}

function fitsCharacter(piece: string, character: string): boolean {
  if (piece === "?") return true;
  if (!piece.startsWith("[") || piece.length < 3) return piece === character;
  const isNot = /^\[[!^]/.test(piece);
  const members = piece.slice(isNot ? 2 : 1, -1);
  return isIn(members, character) !== isNot;
}

function isIn(members: string, character: string): boolean {
  for (const [range] of members.matchAll(/[\s\S]-[\s\S]|[\s\S]/gu)) {
    const characters = [...range];
    const [from = "", , to = from] = characters.length === 3 ? characters : [range, "", range];
    if (character >= from && character <= to) return true;
  }
  return false;
}

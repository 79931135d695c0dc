/**
 * Globs of scopes, protected and control-plane files. Paths are workspace-relative with `/`; a glob is matched from
 * the workspace's root: `*` and `?` stay within one name (also one that starts with a dot), `**` as a whole name
 * stands for any number of folders, `{a,b}` for either; all else, `[` too, means itself. A glob without `*` and `?`
 * names a file, or a folder with all that is below it; `src/**` matches `src` too.
 *
 * Matching keeps one point to come back to for folders and one for characters, so no glob costs more than the product
 * of both lengths.
 */
export type PathMatcher = (path: string) => boolean;

/** More alternatives than this in one glob are a fault. */
const maxAlternatives = 64;
const maxGlobLength = 500;
/** Up to here trying each is faster than looking for those that can match. */
const fewPatterns = 8;
const globstar = "**";

/** For what is allowed: letters count as they are, and a path that is not in normal form matches nothing. */
export function matchesAny(globs: readonly string[], path: string): boolean {
  return compileGlobs(globs)(path);
}

/**
 * For what is guarded: names that some file system takes for the same are the same (letter case, forms of Unicode,
 * invisible characters, trailing dots and spaces, streams). A path that is not in normal form, or has a name that may
 * be the short form of another (`GIT~1`), matches.
 */
export function matchesAnyFolded(globs: readonly string[], path: string): boolean {
  return compileFoldedGlobs(globs)(path);
}

/** `matchesAny` with the globs parsed once. */
export function compileGlobs(globs: readonly string[]): PathMatcher {
  const matches = anyOf(globs.flatMap((glob) => parseGlob(glob.normalize("NFC")) ?? []));
  return (path) => {
    const names = namesOf(path.normalize("NFC"));
    return names !== null && matches(names);
  };
}

/** `matchesAnyFolded` with the globs parsed once. */
export function compileFoldedGlobs(globs: readonly string[]): PathMatcher {
  const matches = anyOf(globs.flatMap((glob) => parseGlob(fold(glob)) ?? []));
  return (path) => {
    const names = namesOf(path)?.map(foldName);
    if (names === undefined || names.some(isAmbiguous)) return true;
    return matches(names);
  };
}

type Pattern = readonly string[];

/** Most patterns have a name without wildcards: they are looked at only for paths that have that name. */
function anyOf(patterns: readonly Pattern[]): (names: readonly string[]) => boolean {
  if (patterns.length <= fewPatterns) return (names) => matchesOne(patterns, names);
  const byName = new Map<string, Pattern[]>();
  const others: Pattern[] = [];
  for (const pattern of patterns) {
    const literal = pattern.find((name) => !/[*?]/.test(name));
    const listed = literal === undefined ? others : (byName.get(literal) ?? []);
    listed.push(pattern);
    if (literal !== undefined) byName.set(literal, listed);
  }
  return (names) =>
    matchesOne(others, names) || names.some((name) => matchesOne(byName.get(name) ?? [], names));
}

function matchesOne(patterns: readonly Pattern[], names: readonly string[]): boolean {
  return patterns.some((pattern) => matchNames(pattern, names, false));
}

/** Whether every path that `inner` can match is matched by one of `outer`. May say no where that is so, never yes where it is not. */
export function isWithin(inner: string, outer: readonly string[]): boolean {
  const wanted = parseGlob(inner.normalize("NFC"));
  if (wanted === null) return false;
  const patterns = outer.flatMap((glob) => parseGlob(glob.normalize("NFC")) ?? []);
  return wanted.every((names) => patterns.some((pattern) => matchNames(pattern, names, true)));
}

/** What is wrong with a glob, in words, or null. A glob with a problem matches nothing. */
export function globProblem(glob: string): string | null {
  if (glob.length > maxGlobLength) return `it is longer than ${maxGlobLength} characters`;
  if (glob.includes("\\") || glob.includes("\0")) return "names are separated by / and nothing is escaped";
  if (glob.startsWith("!")) return "there are no exceptions with !";
  if (glob.startsWith("/") || /^[a-z]:/i.test(glob)) return "it is not relative to the workspace";
  const alternatives = expandBraces(glob);
  if (alternatives === null) {
    return `its braces do not match, or stand for more than ${maxAlternatives} alternatives`;
  }
  if (alternatives.some((each) => each.split("/").includes(".."))) return "it leads out of the workspace";
  return parseGlob(glob) === null ? "it has an empty name" : null;
}

/** The names of a path; null unless it is relative and in normal form. The root itself is `.`. */
function namesOf(path: string): string[] | null {
  if (path === ".") return [];
  if (path.includes("\\") || path.includes("\0")) return null;
  const names = path.split("/");
  return names.some((name) => name === "" || name === "." || name === "..") ? null : names;
}

/** The alternatives of a glob, each a list of names; null where it is no glob. */
function parseGlob(glob: string): string[][] | null {
  if (glob.length > maxGlobLength || /[\\\0]/.test(glob)) return null;
  const parsed: string[][] = [];
  for (const alternative of expandBraces(glob) ?? [""]) {
    const names = namesOfGlob(alternative);
    if (names === null) return null;
    parsed.push(names);
  }
  return parsed;
}

function namesOfGlob(glob: string): string[] | null {
  const isFolder = glob.endsWith("/");
  const text = isFolder ? glob.slice(0, -1) : glob;
  const names = text.split("/").filter((name) => name !== ".");
  if (text === "" || names.some((name) => name === "" || name === "..")) return null;
  if (isFolder || !/[*?]/.test(glob)) names.push(globstar);
  return names.map((name) => (name === globstar ? name : name.replace(/\*{2,}/g, "*")));
}

function expandBraces(glob: string): string[] | null {
  const done: string[] = [];
  const open = [glob];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const start = text.indexOf("{");
    if (start < 0) {
      if (text.includes("}")) return null;
      done.push(text);
      continue;
    }
    const group = braceGroup(text, start);
    if (group === null) return null;
    for (const part of group.parts) open.push(text.slice(0, start) + part + text.slice(group.end));
    if (done.length + open.length > maxAlternatives) return null;
  }
  return done;
}

/** The alternatives of the group that opens at `start`, and where it ends; null if it does not. */
function braceGroup(text: string, start: number): { parts: string[]; end: number } | null {
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth === 0 || (depth === 1 && character === ",")) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return { parts, end: at + 1 };
  }
  return null;
}

/** Greedy: a later `**` can take over everything an earlier one could have, so only the last is come back to. */
function matchNames(pattern: readonly string[], names: readonly string[], isGlob: boolean): boolean {
  let [at, next] = [0, 0];
  let [starAt, starNext] = [-1, 0];
  while (next < names.length) {
    const wanted = pattern[at];
    if (wanted === globstar) {
      [starAt, starNext] = [at, next];
      at += 1;
    } else if (wanted !== undefined && matchName(wanted, names[next] ?? "", isGlob)) {
      at += 1;
      next += 1;
    } else if (starAt >= 0) {
      starNext += 1;
      [at, next] = [starAt + 1, starNext];
    } else {
      return false;
    }
  }
  while (pattern[at] === globstar) at += 1;
  return at === pattern.length;
}

/** The same with characters. With `isGlob`, `name` is itself a pattern and all it matches must match. */
function matchName(pattern: string, name: string, isGlob: boolean): boolean {
  if (isGlob && name === globstar) return false;
  let [at, next] = [0, 0];
  let [starAt, starNext] = [-1, 0];
  while (next < name.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      [starAt, starNext] = [at, next];
      at += 1;
    } else if (wanted === name[next] || (wanted === "?" && !(isGlob && name[next] === "*"))) {
      at += 1;
      next += 1;
    } else if (starAt >= 0) {
      starNext += 1;
      [at, next] = [starAt + 1, starNext];
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/** Characters that HFS+ ignores in names, as Git lists them (`utf8.c`, `next_hfs_char`). */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** NTFS ignores dots and spaces at a name's end and reads what follows `:` as a stream of the same file. */
function foldName(name: string): string {
  return fold(name.replace(ignorable, ""))
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "");
}

function isAmbiguous(name: string): boolean {
  return name === "" || name.includes("/") || /^[^.]{1,6}~\d+(\.[^.]{0,3})?$/.test(name);
}

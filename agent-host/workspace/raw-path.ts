/**
 * A path as git keeps it, relative and with `/`, one character per byte (Latin-1): names need not be UTF-8, and two
 * names must not become one by decoding.
 */
export type RawPath = string;

export function rawPathOf(text: string): RawPath {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The name as text; null if its bytes are no UTF-8. */
export function textOf(path: RawPath): string | null {
  const bytes = Buffer.from(path, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : null;
}

/** The name for a person: what is no UTF-8 is shown as U+FFFD. */
export function displayOf(path: RawPath): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

/** Absolute path of a file below `root`, as the file system takes it. */
export function locate(root: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(root, "utf8"), slash, Buffer.from(path, "latin1")]);
}

/** Folders above a path, from the top: `a/b/c` has `a` and `a/b`. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1))
    parents.push(path.slice(0, end));
  return parents;
}

/**
 * Whether a path names something below its root on every file system, and nothing of a repository's own: no `..`,
 * no `.git` in any of the spellings that HFS+ and NTFS take for it.
 */
export function isPlainPath(path: RawPath): boolean {
  return path.split("/").every((name) => name !== "" && name !== "." && name !== ".." && !isGitName(name));
}

const slash = Buffer.from("/");

/** `.git`, `.GIT`, `git~1`, `.git ` and `.git::$INDEX_ALLOCATION` open the same folder on one system or another. */
function isGitName(name: string): boolean {
  const plain = displayOf(name)
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .toLowerCase();
  return plain.split("\\").some((part) => /^(?:\.git|git~1)[. ]*(?::.*)?$/.test(part));
}

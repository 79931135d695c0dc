const maxPathBytes = 4_096;
const maxNameBytes = 255;

/**
 * What is wrong with the form of a path that a model gave, in words; null if nothing is. Only relative paths in
 * normal form, with names that every file system keeps apart from others, are judged further.
 */
export function pathProblem(path: string): string | null {
  if (path === "") return "it is empty";
  if (/[\p{Cc}\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u.test(path)) return "it has hidden characters";
  if (path.includes("\\")) return "its names are not separated by /";
  if (path.startsWith("/") || path.startsWith("~") || /^[a-z]:/i.test(path)) return "it is not relative";
  if (Buffer.byteLength(path) > maxPathBytes) return `it is longer than ${maxPathBytes} bytes`;
  const names = path.split("/");
  if (names.includes("..")) return "it leads upwards";
  if (names.includes("") || names.includes(".")) return "it is not in normal form";
  return firstProblem(names);
}

function firstProblem(names: readonly string[]): string | null {
  for (const name of names) {
    // NTFS drops the ends, and takes what follows a colon for a stream of the same file.
    if (/[. ]$/.test(name)) return "a name ends with a dot or a space";
    if (name.includes(":")) return "a name has a colon";
    if (/^[^.]{1,8}~\d+(\.[^.]{0,3})?$/.test(name)) return "a name may be the short form of another";
    if (Buffer.byteLength(name) > maxNameBytes) return `a name is longer than ${maxNameBytes} bytes`;
  }
  return null;
}

/**
 * A path as a header of a patch has it: quoted with C's escapes where Git finds it unusual, a time behind a tab,
 * `a/` or `b/` in front. null: `/dev/null`, no file.
 */
export function patchPath(given: string, prefix: "a" | "b" | null): string | null {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(given);
  const path = quoted === null ? (given.split("\t")[0] ?? "").trimEnd() : unescaped(quoted[1] ?? "");
  if (path === "/dev/null") return null;
  return prefix !== null && path.startsWith(`${prefix}/`) ? path.slice(2) : path;
}

const escapes: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 },
};

function unescaped(text: string): string {
  const bytes: Buffer[] = [];
  for (const [piece, octal, letter] of text.matchAll(/\\(?:([0-3][0-7]{2})|(.))|[^\\]+/g)) {
    if (octal !== undefined) bytes.push(Buffer.of(Number.parseInt(octal, 8)));
    else if (letter !== undefined) bytes.push(Buffer.of(escapes[letter] ?? letter.charCodeAt(0)));
    else bytes.push(Buffer.from(piece));
  }
  return Buffer.concat(bytes).toString("utf8");
}

// Control characters, and those that make text look other than it is: bidirectional marks, zero-width characters,
// line separators, invisible tags and fillers, halves of characters.
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Text from outside in one line, with nothing in it that a terminal or a browser obeys. */
export function visible(text: string): string {
  return text
    .replaceAll(/\s*\r?\n\s*/g, " ⏎ ")
    .replaceAll("\t", " ")
    .replaceAll(
      deceptive,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
    );
}

/** Text from outside as running Markdown text: no markup, HTML, link or table border can come of it. */
export function markdownText(text: string): string {
  return visible(text)
    .replaceAll(/[\\`*[\]{}~|#!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/(https?|ftp|mailto):/gi, "$1&#58;")
    .replaceAll(/www\./gi, "www&#46;")
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s)/, "$1\\$2");
}

/** Text from outside as a code span; not for tables. Empty text gives nothing: Markdown has no empty span. */
export function codeSpan(text: string): string {
  const line = visible(text).trim();
  if (line === "") return "";
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Text from outside as a Mermaid label between quotes. */
export function mermaidLabel(text: string): string {
  return visible(text).replaceAll(/[^\w ./@-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`);
}

/** A workspace-relative path as a relative URL. */
export function pathToUri(path: string): string {
  return path
    .split("/")
    .map((part) => encodeURIComponent(part.replaceAll(/\p{Surrogate}/gu, "\uFFFD")))
    .join("/");
}

/** A URL that may stand between the parentheses of a Markdown link. */
export function linkTarget(url: string): string {
  return url.replaceAll(/[\s()<>\\|\p{Cc}]/gu, (character) => {
    return [...new TextEncoder().encode(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join("");
  });
}

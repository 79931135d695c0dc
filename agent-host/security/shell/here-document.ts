/** Stands for the here-document in what is parsed. No line of a model holds it: those that do are not taken apart. */
const marker = "agent-team-here-document";

const opening = /<<[ \t]*(?:'(\w+)'|"(\w+)")/g;

/**
 * Takes the one here-document at the end of a line away and puts a redirection in its place, so that whether it is one
 * (and not quoted text that looks alike) is for the parse of the rest to tell. Only a quoted delimiter counts: then a
 * shell changes nothing in it. Null: there is one, in a form that is not understood; a null marker: there is none.
 */
export function takeHereDocument(text: string): { text: string; marker: string | null } | null {
  if (!text.includes("<<")) return { text, marker: null };
  if (text.includes(marker)) return null;
  const [first = "", ...lines] = text.split("\n");
  const found = [...first.matchAll(opening)];
  const [only] = found;
  if (only === undefined || found.length > 1 || first.indexOf("<<") !== only.index) return null;
  if (first.indexOf("<<", only.index + 2) >= 0 || first.endsWith("\\")) return null;
  const end = lines.indexOf(only[1] ?? only[2] ?? "");
  // The shell goes on behind it: such a line is rare, and what it says is easily overlooked.
  if (end < 0 || lines.slice(end + 1).some((line) => line.trim() !== "")) return null;
  const before = first.slice(0, only.index);
  const after = first.slice(only.index + only[0].length);
  // What touches it would be part of the delimiter, or of the file descriptor.
  if (!/^($|[\s|&;>)])/.test(after) || /\d$/.test(before)) return null;
  return { text: `${before}< ${marker}${after}`, marker };
}

export function isHereDocument(target: string): boolean {
  return target === marker;
}

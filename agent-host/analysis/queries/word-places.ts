import type { NamePlace } from "./references-in.ts";

const maxPerFile = 1_000;

/** Lines on which a name stands as a word of its own, whatever they mean. */
export function wordPlaces(text: string, name: string): NamePlace[] {
  const places: NamePlace[] = [];
  let line = 1;
  let counted = 0;
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length)) {
    if (isPartOfWord(text[at - 1]) || isPartOfWord(text[at + name.length])) continue;
    for (let end = text.indexOf("\n", counted); end !== -1 && end < at; end = text.indexOf("\n", counted)) {
      line += 1;
      counted = end + 1;
    }
    if (places.at(-1)?.line !== line) places.push({ line, kind: "word" });
    if (places.length >= maxPerFile) break;
  }
  return places;
}

function isPartOfWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_$]/u.test(character);
}

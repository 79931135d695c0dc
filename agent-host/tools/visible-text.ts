import { visible } from "../protocol/visible.ts";

// The protocol bounds a fact at 4,000 characters.
const maxFactCharacters = 3_800;

/** Text from outside as one line that shows every character in it, for a person who decides on it. */
export function visibleText(text: string): string {
  // What is written out must not be mistaken for what stood there.
  return visible(text.replaceAll("\\", "\\\\"));
}

/** One fact for a person: `visibleText`, cut with a note where it is too long for one. */
export function factOf(label: string, text: string): string {
  const shown = visibleText(text);
  if (shown.length <= maxFactCharacters) return `${label}: ${shown}`;
  return `${label}: ${shown.slice(0, maxFactCharacters)}… (${shown.length} characters; whole in the input)`;
}

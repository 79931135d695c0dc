// Control characters, and those that make text look other than it is: bidirectional marks, zero-width characters,
// line separators, invisible tags and fillers, halves of characters.
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

// The protocol bounds a fact at 4,000 characters.
const maxFactCharacters = 3_800;

/** Text from outside as one line that shows every character in it, for a person who decides on it. */
export function visibleText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll(deceptive, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
  });
}

/** One fact for a person: `visibleText`, cut with a note where it is too long for one. */
export function factOf(label: string, text: string): string {
  const shown = visibleText(text);
  if (shown.length <= maxFactCharacters) return `${label}: ${shown}`;
  return `${label}: ${shown.slice(0, maxFactCharacters)}… (${shown.length} characters; whole in the input)`;
}

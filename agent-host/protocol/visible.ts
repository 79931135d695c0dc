/**
 * Text of an agent or a repository as it can be shown on one line without deceiving: characters that are invisible,
 * turn the direction of text or end the line are written out (`\u202e`).
 */
export function visible(text: string): string {
  return text.replace(deceiving, written);
}

/** The same for text of several lines: line feeds and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(deceiving, (character) =>
    character === "\n" || character === "\t" ? character : written(character),
  );
}

// Controls, formats (bidi, zero width, tags), surrogates without a partner, line and paragraph separators, variation
// selectors, and fillers that show nothing.
const deceiving =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|\u034f|\u115f|\u1160|\u2800|\u3164|\uffa0/gu;

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

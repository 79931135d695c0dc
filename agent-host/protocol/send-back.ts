/** As many characters as the words of a decision may have. */
export const maxDecisionWords = 8_000;

/**
 * The words that go to the agents with work that is sent back: the person's own first, then one line for each comment
 * in the change (`path:line: words`), as many as fit. Lines are whole or left out; `sent` of them stand in `text`.
 */
export function sendBackText(
  own: string,
  comments: readonly string[],
  maxCharacters = maxDecisionWords,
): { readonly text: string; readonly sent: number } {
  const lines: string[] = own.trim() === "" ? [] : [own.trim(), ""];
  let length = lines.join("\n").length;
  let sent = 0;
  for (const comment of comments) {
    const added = comment.length + (lines.length === 0 ? 0 : 1);
    if (length + added > maxCharacters) break;
    lines.push(comment);
    length += added;
    sent += 1;
  }
  return { text: lines.join("\n").trim(), sent };
}

/** A command of ours that a person can copy to a shell, for the workspace this command was called with. */
export function commandText(words: readonly string[], workspace: string): string {
  const place = workspace === "." ? [] : ["--workspace", workspace];
  return ["agent-team", ...words, ...place].map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

import type { ShellLine } from "../shell/shell-line.ts";
import { programName } from "./argument-rules.ts";

/** More words than this in one command are not looked at one by one: then it needs a person. */
const maxWords = 2_000;

/** Whether anything in a command may be the name of a file that guards the rest, whatever folder of it is meant. */
export function namesGuarded(
  argv: readonly string[],
  line: ShellLine,
  { folder, isGuarded }: { folder: string; isGuarded(path: string): boolean },
): boolean {
  const words = [...new Set(wordsOf([...argv, ...wordsOfLine(line)]))];
  const folders = [folder === "" ? "." : folder, ...innerFolders(line, folder)];
  if (words.length * folders.length > maxWords) return true;
  const isGit = programName(argv[0] ?? "") === "git";
  return folders.some((base) =>
    words.some((word) => {
      // `HEAD~1` looks like the short form of a name.
      if (word === "" || (isGit && /^[^/]*~\d*$/.test(word))) return false;
      const path = normal(base === "." ? word : `${base}/${word}`);
      return path !== "" && isGuarded(path);
    }),
  );
}

function wordsOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s'"`=:;,<>|&(){}[\]$]+/));
}

/** What a shell makes of quoted words; the line as it stands is among the words anyway. */
function wordsOfLine(line: ShellLine): string[] {
  if (line.kind === "undecidable") return [];
  return line.commands.flatMap(({ argv, assignments, redirections }) => [
    ...argv,
    ...assignments.map(({ value }) => value),
    ...redirections.flatMap((each) => ("target" in each ? [each.target] : [])),
  ]);
}

function innerFolders(line: ShellLine, folder: string): string[] {
  if (line.kind === "undecidable") return [];
  const inner = new Set(line.commands.flatMap(({ folders }) => folders));
  inner.delete(".");
  return [...inner].map((each) => (folder === "" || folder === "." ? each : `${folder}/${each}`));
}

/** Without what stands for a folder itself or the one above, and without doubled separators. */
function normal(path: string): string {
  const names: string[] = [];
  for (const name of path.split(/[/\\]/)) {
    if (name === "..") names.pop();
    // `...` is Go's word for all packages.
    else if (!/^\.*$/.test(name)) names.push(name);
  }
  return names.join("/");
}

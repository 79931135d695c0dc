import { styleText } from "node:util";
import type { ChangedFile, ChangeSummary } from "../protocol/change-set.ts";
import { visible, visibleLines } from "../protocol/visible.ts";

/** One line of `changes list`. */
export function changeLine(change: ChangeSummary): string {
  const when = change.since.slice(0, 16).replace("T", " ");
  const { files, added, removed } = change;
  const size = `${files} ${files === 1 ? "file" : "files"}, +${added} -${removed}`;
  return `${change.runId}  ${when}  ${change.state.padEnd(8)}  ${size}  ${visible(change.title)}`;
}

/** What `changes show --stat` prints: a line for each file. */
export function statText(files: readonly ChangedFile[]): string {
  return files.map((file) => `${statLine(file)}\n`).join("");
}

function statLine({ path, status, added, removed }: ChangedFile): string {
  const size = added === null ? "binary" : `+${added} -${removed ?? 0}`;
  return `${letters[status]}  ${visible(path)}  ${size}`;
}

const letters = { added: "A", modified: "M", deleted: "D" } as const;

/** Shows which hunk is which, where a unified diff has room for words. */
export function withHunkNumbers(diff: string): string {
  let count = 0;
  return diff.replace(/^(@@ -\S+ \+\S+ @@).*$/gm, (_line, range: string) => {
    count += 1;
    return `${range} hunk ${count - 1}`;
  });
}

/** A diff as a terminal may show it: what it would obey, or nobody would see, is written out. Line ends stay. */
export function safeDiff(diff: string): string {
  return diff.split("\r\n").map(visibleLines).join("\r\n");
}

/** A unified diff in the usual colours. */
export function colouredDiff(diff: string): string {
  return diff.split("\n").map(colouredLine).join("\n");
}

function colouredLine(line: string): string {
  const style = styleOf(line);
  return style === null ? line : styleText(style, line, { validateStream: false });
}

type Style = Parameters<typeof styleText>[0];

function styleOf(line: string): Style | null {
  if (/^(?:diff --git|index|new file|deleted file|old mode|new mode|--- |\+\+\+ )/.test(line)) return "bold";
  if (line.startsWith("@@")) return "cyan";
  if (line.startsWith("+")) return "green";
  return line.startsWith("-") ? "red" : null;
}

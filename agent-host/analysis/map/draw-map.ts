import { comparePaths } from "../files/walk.ts";
import type { OutlineFile, RepositoryOutline } from "./outline.ts";

export interface DrawOptions {
  readonly maxTokens: number;
  readonly estimateTokens: (text: string) => number;
}

const maxSymbolsShown = 10;
const maxFolders = 40;
/** Most of the room that the folders of the other files take. */
const folderShare = 0.2;

/** As many of the ranked files with their definitions as fit, by path, and in which folders the others are. */
export function drawMap(
  outline: RepositoryOutline,
  ranked: readonly number[],
  { maxTokens, estimateTokens }: DrawOptions,
): string {
  const tokensOf = (text: string): number => 1 + estimateTokens(text);
  const candidates = ranked.slice(0, Math.ceil(maxTokens / 4)).flatMap((index) => outline.files[index] ?? []);
  const sums = [0];
  for (const file of candidates) sums.push((sums.at(-1) ?? 0) + tokensOf(blockOf(file)));
  const room =
    maxTokens - tokensOf(headOf(outline, outline.files.length)) - Math.floor(maxTokens * folderShare);
  const count = mostThatFit(sums, room);
  const shown = candidates.slice(0, count).sort((a, b) => comparePaths(a.path, b.path));
  const lines = [headOf(outline, count), ...shown.map(blockOf)];
  const free = maxTokens - lines.reduce((sum, line) => sum + tokensOf(line), 0);
  const left = Math.min(free, Math.ceil(maxTokens * folderShare));
  const text = [...lines, ...foldersOf(outline, new Set(shown), { left, tokensOf })].join("\n");
  return count === 0 && estimateTokens(text) > maxTokens ? "" : text;
}

/** The largest count whose sum is at most `room`, by binary search: sums grow. */
function mostThatFit(sums: readonly number[], room: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sums[middle] ?? 0) <= room) low = middle;
    else high = middle - 1;
  }
  return low;
}

function headOf({ files, left }: RepositoryOutline, shown: number): string {
  return `${files.length + left} files; these ${shown} seem closest to the goal. A number is the line of an exported definition.`;
}

function blockOf({ path, bytes, lines, symbols }: OutlineFile): string {
  const shown = symbols.slice(0, maxSymbolsShown).map(({ line, text }) => `  ${line}: ${text}`);
  const more = symbols.length > shown.length ? [`  and ${symbols.length - shown.length} more`] : [];
  const size = symbols.length > 0 ? `${lines} lines` : sizeOf(bytes);
  return [`${path} (${size})`, ...shown, ...more].join("\n");
}

function sizeOf(bytes: number): string {
  return bytes < 1_024 ? `${bytes} bytes` : `${Math.round(bytes / 1_024)} KB`;
}

function foldersOf(
  { files }: RepositoryOutline,
  shown: ReadonlySet<OutlineFile>,
  { left, tokensOf }: { left: number; tokensOf: (text: string) => number },
): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (shown.has(file)) continue;
    const names = file.path.split("/");
    const folder = names.length === 1 ? "./" : `${names.slice(0, Math.min(2, names.length - 1)).join("/")}/`;
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const largest = [...counts].sort(([a, m], [b, n]) => n - m || comparePaths(a, b)).slice(0, maxFolders);
  const title = "Other files:";
  const lines: string[] = [];
  let room = left - tokensOf(title);
  for (const [folder, count] of largest) {
    const line = `${folder} ${count}`;
    room -= tokensOf(line);
    if (room < 0) break;
    lines.push(line);
  }
  return lines.length === 0 ? [] : [title, ...lines.sort(comparePaths)];
}

import type { ParsedPatch } from "./file-patch.ts";
import { isMarkedPatch, parseMarkedPatch } from "./parse-marked-patch.ts";
import { parseUnifiedPatch } from "./parse-unified-patch.ts";

/**
 * Reads a patch: a unified diff, as `diff -u` and `git diff` write it, or the form between `*** Begin Patch` and
 * `*** End Patch`. What is put around it (a fence, a here-document) counts for nothing.
 */
export function parsePatch(text: string): ParsedPatch {
  const lines = withoutWrapping(text.replaceAll("\r\n", "\n").split("\n"));
  return isMarkedPatch(lines) ? parseMarkedPatch(lines) : parseUnifiedPatch(lines);
}

function withoutWrapping(lines: readonly string[]): string[] {
  const isFence = (line: string | undefined): boolean =>
    /^\s*(?:```\w*|apply_patch\b.*<<.*)\s*$/.test(line ?? "");
  let from = lines.findIndex((line) => line.trim() !== "");
  if (from === -1) return [];
  const isWrapped = isFence(lines[from]);
  while (isFence(lines[from])) from += 1;
  let to = lines.findLastIndex((line) => line.trim() !== "") + 1;
  while (isWrapped && to > from && /^\s*(?:```|['"]?[A-Z]{3,10}['"]?)\s*$/.test(lines[to - 1] ?? "")) to -= 1;
  return lines.slice(from, to);
}

import { posix } from "node:path";
import { sha256 } from "../../core/digest.ts";
import { visible } from "../../protocol/visible.ts";
import type { ContextPart } from "../../team/run-setup.ts";
import { boundedTexts } from "./bounded-texts.ts";
import type { InstructionFile } from "./instruction-files.ts";

/** Makes a test for paths of globs. */
export type CompileGlobs = (globs: readonly string[]) => (path: string) => boolean;

/** Most bytes of all instructions of one task. */
export const maxInstructionBytes = 24 * 1_024;

const maxFolders = 40;

/** The folders from the root to what a task is about, each once, nearest last. `paths` may be globs. */
export function foldersOnTheWay(paths: readonly string[]): string[] {
  const folders = new Set<string>([""]);
  for (const path of paths) {
    const names = fixedPart(path).split("/");
    for (let depth = 1; depth <= names.length; depth += 1) folders.add(names.slice(0, depth).join("/"));
  }
  return [...folders].sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1)).slice(0, maxFolders);
}

/**
 * What a task is told of the instructions that were found, in their order: each text once, those of the task's files
 * only, all within the bound.
 */
export function instructionParts(
  files: readonly InstructionFile[],
  paths: readonly string[],
  compileGlobs: CompileGlobs,
): ContextPart[] {
  const seen = new Set<string>();
  const kept = files.filter(({ text, appliesTo }) => {
    if (appliesTo !== null && !mayApply(appliesTo, paths, compileGlobs)) return false;
    const digest = sha256(text.replace(/\s+/g, " "));
    const isNew = !seen.has(digest);
    seen.add(digest);
    return isNew;
  });
  const named = kept.map(({ path, text, unread }) => {
    return { name: visible(path), text, bytes: Buffer.byteLength(text) + unread };
  });
  const texts = boundedTexts(named, { maxBytes: maxInstructionBytes, maxEach: maxInstructionBytes });
  return kept.map((file, index) => ({
    kind: "instructions",
    title: titleOf(file),
    text: texts[index] ?? "",
  }));
}

function titleOf({ path, hidden, appliesTo }: InstructionFile): string {
  const folder = posix.dirname(path);
  const nested =
    folder === "." || appliesTo !== null || folder.startsWith(".github") ? "" : `, for ${folder}/`;
  const globs = appliesTo === null ? "" : `, for ${appliesTo.slice(0, 10).join(", ")}`;
  const removed =
    hidden === 0 ? "" : ` (${hidden} hidden ${hidden === 1 ? "character was" : "characters were"} taken out)`;
  return `${visible(`${path}${nested}${globs}`)}${removed}`;
}

/** Whether a file that a glob matches can be among those of a task. Where that cannot be told, it is told to be so. */
function mayApply(globs: readonly string[], paths: readonly string[], compileGlobs: CompileGlobs): boolean {
  if (paths.length === 0) return true;
  const matches = compileGlobs(globs);
  return paths.some((path) => {
    const fixed = fixedPart(path);
    if (fixed === path && posix.extname(path) !== "") return matches(path);
    return globs.some((glob) => isOnOneWay(fixed, fixedPart(glob)));
  });
}

function isOnOneWay(a: string, b: string): boolean {
  return a === "" || b === "" || `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

/** The folders, or the whole path, before anything that stands for several names. */
function fixedPart(glob: string): string {
  const names: string[] = [];
  for (const name of glob.replace(/^\.\//, "").split("/")) {
    if (/[*?{}[\]]/.test(name) || name === "" || name === "." || name === "..") break;
    names.push(name);
  }
  return names.join("/");
}

function depthOf(folder: string): number {
  return folder === "" ? 0 : folder.split("/").length;
}

import { posix } from "node:path";
import * as z from "zod";
import { withoutHidden } from "../../protocol/visible.ts";
import { frontMatterOf, listOf } from "./front-matter.ts";
import { namesInside, readInside } from "./read-inside.ts";

/** What a repository says to agents in one file. `appliesTo`: only for paths that these globs match; null: for all. */
export const instructionFileSchema = z.object({
  path: z.string(),
  text: z.string(),
  /** Bytes of the file that were not even read. */
  unread: z.number(),
  /** Invisible characters that were taken out. */
  hidden: z.number(),
  appliesTo: z.array(z.string()).nullable(),
});
export type InstructionFile = z.infer<typeof instructionFileSchema>;

/** No more of a file is read; less than half of it is ever shown. */
const maxFileBytes = 64 * 1_024;
const maxRuleFiles = 100;
const maxImports = 20;

/** The agent files of one folder (`""` is the root), those of all agents first; of the root also the editors' rules. */
export async function instructionsOf(
  root: string,
  folder: string,
  signal: AbortSignal,
): Promise<InstructionFile[]> {
  const found: InstructionFile[] = [];
  for (const name of ["AGENTS.md", "CLAUDE.md", "GEMINI.md"]) {
    signal.throwIfAborted();
    const file = await readInstructions(root, posix.join(folder, name));
    if (file !== null) found.push(name === "AGENTS.md" ? file : await withImports(root, file));
  }
  return folder === "" ? [...found, ...(await editorRules(root, signal))] : found;
}

async function readInstructions(root: string, path: string): Promise<InstructionFile | null> {
  const read = await readInside(root, path, maxFileBytes);
  if (typeof read === "string") return null;
  const { text, hidden } = withoutHidden(read.text.replaceAll("\r\n", "\n"));
  return text.trim() === ""
    ? null
    : { path, text: text.trim(), unread: Math.max(0, read.bytes - maxFileBytes), hidden, appliesTo: null };
}

/** Lines that consist of `@path` stand for another file of the workspace; those in it do not. */
async function withImports(root: string, file: InstructionFile): Promise<InstructionFile> {
  let { hidden } = file;
  let isCode = false;
  let imports = 0;
  const lines: string[] = [];
  for (const line of file.text.split("\n")) {
    if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode;
    const path = /^@(\S+)\s*$/.exec(line)?.[1];
    if (isCode || path === undefined || imports === maxImports) {
      lines.push(line);
      continue;
    }
    imports += 1;
    const imported = await readInstructions(root, posix.join(posix.dirname(file.path), path));
    hidden += imported?.hidden ?? 0;
    lines.push(imported?.text ?? `[${path} is not in the workspace]`);
  }
  return { ...file, text: lines.join("\n"), hidden };
}

async function editorRules(root: string, signal: AbortSignal): Promise<InstructionFile[]> {
  const copilot = await readInstructions(root, ".github/copilot-instructions.md");
  const found = copilot === null ? [] : [copilot];
  for (const { folder, ending, globsOf } of ruleFolders) {
    const names = (await namesInside(root, folder)).filter((name) => name.endsWith(ending));
    for (const name of names.slice(0, maxRuleFiles)) {
      signal.throwIfAborted();
      const file = await readInstructions(root, `${folder}/${name}`);
      if (file === null) continue;
      const { values, body } = frontMatterOf(file.text);
      const appliesTo = globsOf(values);
      if (appliesTo === "never" || body.trim() === "") continue;
      found.push({ ...file, text: body.trim(), appliesTo });
    }
  }
  return found;
}

interface RuleFolder {
  readonly folder: string;
  readonly ending: string;
  /** `never`: it is only for whoever asks for it by name. */
  globsOf(values: ReadonlyMap<string, string>): string[] | null | "never";
}

const ruleFolders: readonly RuleFolder[] = [
  {
    folder: ".cursor/rules",
    ending: ".mdc",
    globsOf: (values) => {
      if (values.get("alwaysApply") === "true") return null;
      const globs = listOf(values.get("globs"));
      return globs.length === 0 ? "never" : globs.map(anywhere);
    },
  },
  {
    folder: ".github/instructions",
    ending: ".instructions.md",
    globsOf: (values) => {
      const globs = listOf(values.get("applyTo"));
      if (globs.length === 0) return "never";
      return globs.some((glob) => glob === "**" || glob === "*" || glob === "**/*")
        ? null
        : globs.map(anywhere);
    },
  },
];

// A pattern without a folder is for files of that name wherever they are.
function anywhere(glob: string): string {
  const path = glob.replace(/^\.?\//, "");
  return path.includes("/") ? path : `**/${path}`;
}

import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Git } from "./git.ts";
import { readBounded } from "./read-bounded.ts";

/** Where a person's own ignore rules may stand; absent parts are not looked at. */
export interface PersonalFolders {
  readonly home?: string;
  /** `$XDG_CONFIG_HOME`; `~/.config` when absent. */
  readonly config?: string;
}

export interface IgnoreFiles {
  /** Rules that hold everywhere, one file: defaults, the person's, the repository's `info/exclude`. */
  readonly excludes: string;
  /** Copies of the `.gitignore` files above the workspace, in the same folders. */
  readonly outer: string;
}

/** Folders that tools fill with what a manifest names: left out even where no rule says so, as a rule could wish. */
const defaultRules = "node_modules/\n.venv/\n";
const maxRuleBytes = 1_048_576;

/**
 * Copies the ignore rules that stand outside the workspace folder, as data, so that a task's folder in another place
 * is read by the same rules.
 */
export async function copyIgnoreRules(
  given: {
    readonly files: IgnoreFiles;
    readonly git: Git;
    readonly gitFolder: string;
    readonly personal: PersonalFolders;
    /** The repository around the workspace: its top and its git folder. */
    readonly repository: { readonly top: string; readonly common: string } | null;
    readonly root: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const { files, repository, root } = given;
  const texts = [defaultRules, await personalRules(given, signal)];
  if (repository !== null) texts.push(await readRules(join(repository.common, "info", "exclude")));
  await writeFile(files.excludes, texts.join("\n"), "latin1");
  await rm(files.outer, { recursive: true, force: true });
  await mkdir(files.outer, { recursive: true });
  if (repository !== null) await copyOuter(repository.top, root, files.outer);
}

/** `core.excludesFile` of the person's configuration, else its default place (gitignore(5)). */
async function personalRules(
  { git, gitFolder, personal }: { git: Git; gitFolder: string; personal: PersonalFolders },
  signal: AbortSignal,
): Promise<string> {
  const { home } = personal;
  const config = personal.config ?? (home === undefined ? undefined : join(home, ".config"));
  const named = home === undefined ? "" : await namedExcludes({ git, gitFolder, home }, signal);
  if (named !== "") return await readRules(named);
  return config === undefined ? "" : await readRules(join(config, "git", "ignore"));
}

async function namedExcludes(
  { git, gitFolder, home }: { git: Git; gitFolder: string; home: string },
  signal: AbortSignal,
): Promise<string> {
  const settings = await readBounded(join(home, ".gitconfig"), maxRuleBytes);
  if (settings === null) return "";
  const args = ["config", "--file", "-", "--no-includes", "--get", "core.excludesFile"];
  const call = { args, gitFolder, input: [settings], okCodes: [0, 1, 2, 3, 5, 128] };
  const { code, stdout } = await git.run(call, signal);
  const name = code === 0 ? stdout.toString("utf8").trim() : "";
  return name.startsWith("~/") ? join(home, name.slice(2)) : name;
}

/** Lays the copies in `outer` into another folder that stands for the repository's top. */
export async function layOuterRules(
  outer: string,
  { top, prefix }: { top: string; prefix: string },
): Promise<void> {
  const names = prefix === "" ? [] : prefix.split("/");
  for (let depth = 0; depth < names.length; depth += 1) {
    const folders = names.slice(0, depth);
    await mkdir(join(top, ...folders), { recursive: true });
    await copyFile(join(outer, ...folders, ".gitignore"), join(top, ...folders, ".gitignore"));
  }
}

async function copyOuter(top: string, root: string, outer: string): Promise<void> {
  const names = relative(top, root).split(sep);
  if (names[0] === "") return;
  for (let depth = 0; depth < names.length; depth += 1) {
    const folders = names.slice(0, depth);
    const rules = await readRules(join(top, ...folders, ".gitignore"));
    await mkdir(join(outer, ...folders), { recursive: true });
    await writeFile(join(outer, ...folders, ".gitignore"), rules, "latin1");
  }
}

async function readRules(path: string): Promise<string> {
  return (await readBounded(path, maxRuleBytes))?.toString("latin1") ?? "";
}

import { existsSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { readSource } from "./read-source.ts";

const maxIgnoreFileBytes = 1_000_000;
const maxParentFolders = 40;

/**
 * The ignore files that hold for one folder, outermost first. `prefix` is the path of the rule's folder relative to
 * the walked root: "" for the root itself, `../` steps are expressed by `fromRule`.
 */
export interface IgnoreRules {
  /** True when git would leave out `path` (relative to the walked root, folders end in `/`). */
  ignores(path: string): boolean;
  /** Rules for a folder below, with its own `.gitignore` on top when it has one. */
  enter(folder: string, gitignore: string | undefined): IgnoreRules;
}

interface RuleSet {
  readonly rules: Ignore;
  /** Turns a path relative to the walked root into one relative to the folder of the ignore file. */
  readonly rebase: (path: string) => string;
}

/** Ignore rules for `root`: those of the repository around it, `.git/info/exclude`, and its own `.gitignore`. */
export function rootIgnoreRules(root: string): IgnoreRules {
  const sets: RuleSet[] = [];
  const top = repositoryTop(root);
  if (top !== undefined) {
    const toRoot = relative(top, root).split(sep).filter(Boolean);
    addRuleSet(sets, join(top, ".git", "info", "exclude"), toRoot.join("/"));
    for (let depth = 0; depth < toRoot.length; depth += 1) {
      const folder = join(top, ...toRoot.slice(0, depth));
      addRuleSet(sets, join(folder, ".gitignore"), toRoot.slice(depth).join("/"));
    }
  }
  addRuleSet(sets, join(root, ".gitignore"), "");
  return rulesOf(sets);
}

function rulesOf(sets: readonly RuleSet[]): IgnoreRules {
  return {
    ignores(path) {
      for (let index = sets.length - 1; index >= 0; index -= 1) {
        const verdict = sets[index]?.rules.test(sets[index]?.rebase(path) ?? path);
        if (verdict?.ignored) return true;
        if (verdict?.unignored) return false;
      }
      return false;
    },
    enter(folder, gitignore) {
      if (gitignore === undefined) return this;
      const cut = folder.length + 1;
      return rulesOf([...sets, { rules: ignore().add(gitignore), rebase: (path) => path.slice(cut) }]);
    },
  };
}

function addRuleSet(sets: RuleSet[], file: string, below: string): void {
  const text = readIgnoreFile(file);
  if (text === undefined) return;
  const rebase = below === "" ? (path: string) => path : (path: string) => `${below}/${path}`;
  sets.push({ rules: ignore().add(text), rebase });
}

/** The text of an ignore file, or undefined when there is none that can be read. */
export function readIgnoreFile(file: string): string | undefined {
  // A pipe or a link in its place must neither hang the walk nor lead out of the workspace. Absent, unreadable, too
  // large or no regular file: all mean "no rules from here".
  const read = readSource(dirname(file), basename(file), maxIgnoreFileBytes);
  return "text" in read ? read.text : undefined;
}

function repositoryTop(root: string): string | undefined {
  let folder = root;
  for (let step = 0; step < maxParentFolders; step += 1) {
    if (existsSync(join(folder, ".git"))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return undefined;
}

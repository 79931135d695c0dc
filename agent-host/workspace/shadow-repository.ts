import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makePrivateFolder, syncFolder } from "../core/durable-file.ts";
import { HostError } from "../core/host-error.ts";
import type { Git, GitCall, GitOutput } from "./git.ts";
import { type RawPath, rawPathOf } from "./raw-path.ts";

/** What a tree holds under one path. */
export interface TreeEntry {
  /** `100644`, `100755` or `120000`. */
  readonly mode: string;
  /** Git's name of the content: SHA-256 of `blob <length>\0` and the bytes. */
  readonly oid: string;
}

/** One difference between two trees; a side that has nothing there is null. */
export interface TreeDifference {
  readonly path: RawPath;
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
  /** Lines; null for binary content. */
  readonly added: number | null;
  readonly removed: number | null;
}

/** A bare repository (SHA-256 object format) in a run's folder. Nothing outside this program writes it. */
export class ShadowRepository {
  readonly gitFolder: string;
  readonly #git: Git;

  constructor(gitFolder: string, git: Git) {
    this.gitFolder = gitFolder;
    this.#git = git;
  }

  /** Makes it, if it is not there. */
  async open(): Promise<void> {
    if (existsSync(this.gitFolder)) return;
    const unfinished = `${this.gitFolder}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await makePrivateFolder(unfinished);
    for (const name of ["objects", "refs", "info"]) await mkdir(join(unfinished, name));
    await writeFile(join(unfinished, "HEAD"), "ref: refs/heads/none\n");
    await writeFile(join(unfinished, "config"), configuration);
    await writeFile(join(unfinished, "info", "attributes"), attributes);
    await rename(unfinished, this.gitFolder);
    await syncFolder(join(this.gitFolder, ".."));
  }

  /** Removes what a git that was killed left behind. Only for the one process that writes it, before it writes. */
  async clear(): Promise<void> {
    await removeLeftovers(this.gitFolder);
  }

  run(call: Omit<GitCall, "gitFolder">, signal: AbortSignal): Promise<GitOutput> {
    return this.#git.run({ ...call, gitFolder: this.gitFolder }, signal);
  }

  /** Starts git for a conversation; the caller ends it. */
  start(call: Omit<GitCall, "gitFolder">): ChildProcess {
    return this.#git.start({ ...call, gitFolder: this.gitFolder });
  }

  /** Tree of the commit that a reference names; null where there is none. */
  async treeOf(ref: string, signal: AbortSignal): Promise<string | null> {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{tree}`];
    const { code, stdout } = await this.run({ args, okCodes: [0, 1] }, signal);
    return code === 0 ? hashIn(stdout) : null;
  }

  /** All files of a tree by path. */
  async entries(tree: string, signal: AbortSignal): Promise<Map<RawPath, TreeEntry>> {
    const { stdout } = await this.run({ args: ["ls-tree", "-r", "-z", checked(tree)] }, signal);
    const found = new Map<RawPath, TreeEntry>();
    for (const line of recordsOf(stdout)) {
      const tab = line.indexOf("\t");
      const [mode = "", , oid = ""] = line.slice(0, tab).split(" ");
      found.set(line.slice(tab + 1), { mode, oid });
    }
    return found;
  }

  /** Differences between two trees in git's order; renames are a deletion and an addition. */
  async differences(base: string, tree: string, signal: AbortSignal): Promise<TreeDifference[]> {
    return await this.#compare([checked(base), checked(tree)], signal);
  }

  /** The difference in one file; null where both trees hold the same, or nothing, at this path. */
  async difference(
    { base, tree, path }: { base: string; tree: string; path: string },
    signal: AbortSignal,
  ): Promise<TreeDifference | null> {
    const found = await this.#compare([checked(base), checked(tree), "--", path], signal);
    return found.find((each) => each.path === rawPathOf(path)) ?? null;
  }

  async #compare(what: readonly string[], signal: AbortSignal): Promise<TreeDifference[]> {
    if (what[0] === what[1]) return [];
    const args = ["diff-tree", "-r", "-z", "--raw", "--numstat", "--no-renames", "--no-ext-diff"];
    const { stdout } = await this.run({ args: [...args, "--no-textconv", ...what] }, signal);
    return parseDifferences(recordsOf(stdout));
  }

  /** A commit of `tree`, the same for the same tree and parent. */
  async commit(tree: string, parent: string | null, signal: AbortSignal): Promise<string> {
    const parents = parent === null ? [] : ["-p", parent];
    const args = ["commit-tree", ...parents, "-m", "tree", checked(tree)];
    return hashIn((await this.run({ args }, signal)).stdout);
  }
}

/** What git wrote, cut at its NULs, one character per byte. */
export function recordsOf(output: Buffer): string[] {
  const records = output.toString("latin1").split("\0");
  if (records.at(-1) === "") records.pop();
  return records;
}

/** @throws HostError `tree.badHash` for anything that git could take for an option or a name. */
export function checked(hash: string): string {
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new HostError("tree.badHash", "64 lower-case hexadecimal digits expected as the name of a tree");
}

const configuration =
  "[core]\n\trepositoryformatversion = 1\n\tfilemode = true\n\tbare = false\n[extensions]\n\tobjectformat = sha256\n";

/**
 * Comes before every `.gitattributes`, so that content stays byte for byte what it is and a repository's own drivers
 * are never looked up. `!` and not `-` where git refuses or interprets "false".
 */
const attributes = "* -text -crlf !eol -ident !filter !working-tree-encoding !diff !merge !whitespace\n";

async function removeLeftovers(gitFolder: string): Promise<void> {
  for (const name of await readdir(gitFolder))
    if (name.startsWith("fast_import_crash_") || name.endsWith(".lock")) await rm(join(gitFolder, name));
  const refs = await readdir(join(gitFolder, "refs"), { recursive: true });
  for (const name of refs) if (name.endsWith(".lock")) await rm(join(gitFolder, "refs", name));
  const packs = join(gitFolder, "objects", "pack");
  if (!existsSync(packs)) return;
  for (const name of await readdir(packs)) if (name.startsWith("tmp_")) await rm(join(packs, name));
}

function hashIn(output: Buffer): string {
  return checked(output.toString("latin1").trim());
}

/** `--raw` records first (`:mode mode oid oid status`, path), then `--numstat` ones (`added<TAB>removed<TAB>path`). */
function parseDifferences(records: readonly string[]): TreeDifference[] {
  const differences = new Map<RawPath, TreeDifference>();
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] ?? "";
    if (record.startsWith(":")) {
      index += 1;
      const path = records[index] ?? "";
      differences.set(path, { path, ...sidesOf(record), added: 0, removed: 0 });
      continue;
    }
    const [, added = "", removed = "", path = ""] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(record) ?? [];
    const difference = differences.get(path);
    if (difference !== undefined)
      differences.set(path, { ...difference, added: countOf(added), removed: countOf(removed) });
  }
  return [...differences.values()];
}

function sidesOf(record: string): Pick<TreeDifference, "before" | "after"> {
  const [beforeMode = "", afterMode = "", beforeOid = "", afterOid = ""] = record.slice(1).split(" ");
  const side = (mode: string, oid: string): TreeEntry | null => (mode === "000000" ? null : { mode, oid });
  return { before: side(beforeMode, beforeOid), after: side(afterMode, afterOid) };
}

function countOf(text: string): number | null {
  return text === "-" ? null : Number(text);
}

import { parse as parseYaml } from "yaml";
import { comparePaths } from "../files/walk.ts";
import { asRecord, asStrings, parseLooseJson } from "./json-text.ts";
import { folderOf, foldersUp } from "./paths.ts";
import type { ProjectFiles } from "./project-files.ts";

/** One `package.json` of the workspace. */
export interface Package {
  readonly folder: string;
  readonly name: string | undefined;
  readonly isPrivate: boolean;
  /** Names in any of its dependency sections. */
  readonly dependencies: ReadonlySet<string>;
  readonly manifest: Readonly<Record<string, unknown>>;
}

const dependencySections = [
  "dependencies",
  "devDependencies",
  "peerDependencies",
  "optionalDependencies",
  "bundledDependencies",
  "bundleDependencies",
];

/** All packages below the root, found by their manifests. */
export class Packages {
  readonly all: readonly Package[];
  /** Names declared by manifests above the root: the analysed folder may be one part of a larger repository. */
  readonly inherited: ReadonlySet<string>;
  private readonly byFolder = new Map<string, Package>();
  private readonly byName = new Map<string, Package>();

  constructor(files: ProjectFiles) {
    const found: Package[] = [];
    for (const path of files.paths) {
      if (path !== "package.json" && !path.endsWith("/package.json")) continue;
      const read = readPackage(folderOf(path), files.readText(path));
      if (read !== undefined) found.push(read);
    }
    found.sort((a, b) => a.folder.length - b.folder.length || comparePaths(a.folder, b.folder));
    this.all = found;
    const members = memberTest(files, found[0]?.folder === "" ? found[0] : undefined);
    for (const item of found) {
      this.byFolder.set(item.folder, item);
      if (item.name === undefined) continue;
      const known = this.byName.get(item.name);
      // Test fixtures often borrow the name of a real member.
      if (known === undefined || (!members(known.folder) && members(item.folder)))
        this.byName.set(item.name, item);
    }
    this.inherited = inheritedNames(files);
  }

  named(name: string): Package | undefined {
    return this.byName.get(name);
  }

  /** The package `path` belongs to. */
  around(path: string): Package | undefined {
    for (const folder of foldersUp(folderOf(path))) {
      const found = this.byFolder.get(folder);
      // `{"type":"module"}` in a subfolder sets a format, it does not start a package.
      if (found !== undefined && (found.name !== undefined || found.dependencies.size > 0)) return found;
    }
    return this.byFolder.get("");
  }

  /** True when `name` is declared by a package around `path`. */
  declares(path: string, name: string): boolean {
    const types = `@types/${name.startsWith("@") ? name.slice(1).replace("/", "__") : name}`;
    for (const folder of foldersUp(folderOf(path))) {
      const found = this.byFolder.get(folder);
      if (found === undefined) continue;
      if (found.name === name || found.dependencies.has(name) || found.dependencies.has(types)) return true;
    }
    return this.inherited.has(name) || this.inherited.has(types);
  }

  /** The nearest package at or above `folder` that depends on `name`. */
  above(folder: string, name: string): Package | undefined {
    for (const candidate of foldersUp(folder)) {
      const found = this.byFolder.get(candidate);
      if (found?.dependencies.has(name) === true) return found;
    }
    return undefined;
  }

  /** The first package that declares `name`, wherever it is. */
  declaring(name: string): Package | undefined {
    return this.all.find((item) => item.dependencies.has(name));
  }

  /** A declared package of the same makers that may bring `name` along: `jest` for `@jest/globals`. */
  relativeOf(path: string, name: string): string | undefined {
    const scope = /^@([^/]+)\//.exec(name)?.[1];
    if (scope === undefined) return undefined;
    for (const folder of foldersUp(folderOf(path))) {
      for (const declared of this.byFolder.get(folder)?.dependencies ?? []) {
        if (declared === scope || declared.startsWith(`@${scope}/`)) return declared;
      }
    }
    return undefined;
  }

  /** True when any package in the workspace depends on `name`. */
  usesAnywhere(name: string): boolean {
    return this.all.some((item) => item.dependencies.has(name));
  }
}

function readPackage(folder: string, text: string | undefined): Package | undefined {
  const manifest = asRecord(parseLooseJson(text ?? ""));
  if (manifest === undefined) return undefined;
  const dependencies = new Set<string>();
  for (const section of dependencySections) {
    const value = manifest[section];
    for (const name of Array.isArray(value) ? asStrings(value) : Object.keys(asRecord(value) ?? {})) {
      dependencies.add(name);
    }
  }
  const name = typeof manifest.name === "string" && manifest.name !== "" ? manifest.name : undefined;
  return { folder, name, isPrivate: manifest.private === true, dependencies, manifest };
}

/** Tests folders against the workspace globs of npm, yarn or pnpm; without any, every folder is a member. */
function memberTest(files: ProjectFiles, rootPackage: Package | undefined): (folder: string) => boolean {
  const globs = [...npmGlobs(rootPackage), ...pnpmGlobs(files)];
  if (globs.length === 0) return () => true;
  const include = globs.filter((glob) => !glob.startsWith("!")).map(globPattern);
  const exclude = globs.filter((glob) => glob.startsWith("!")).map((glob) => globPattern(glob.slice(1)));
  return (folder) =>
    folder === "" ||
    (include.some((pattern) => pattern.test(folder)) && !exclude.some((pattern) => pattern.test(folder)));
}

function npmGlobs(rootPackage: Package | undefined): string[] {
  const workspaces = rootPackage?.manifest.workspaces;
  return Array.isArray(workspaces) ? asStrings(workspaces) : asStrings(asRecord(workspaces)?.packages);
}

function pnpmGlobs(files: ProjectFiles): string[] {
  const text = files.has("pnpm-workspace.yaml") ? files.readText("pnpm-workspace.yaml") : undefined;
  if (text === undefined) return [];
  try {
    return asStrings(asRecord(parseYaml(text))?.packages);
  } catch {
    // Not valid YAML: then it names no members.
    return [];
  }
}

/** `*` within a segment, `**` across; other glob syntax is rare here and taken literally. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/^\.\//, "")
    .replace(/\/$/, "")
    .replace(/[.+^${}()|[\]\\?]/g, "\\$&")
    .replace(/\*\*\/?/g, "\0")
    .replace(/\*/g, "[^/]*")
    .replaceAll("\0", "(?:.*/)?");
  return new RegExp(`^${source}(?:/)?$`);
}

const maxLevelsAbove = 5;

function inheritedNames(files: ProjectFiles): Set<string> {
  const names = new Set<string>();
  let up = "";
  for (let level = 0; level < maxLevelsAbove; level += 1) {
    if (files.existsOnDisk(`${up}.git`)) break;
    up += "../";
    const above = readPackage("", files.readText(`${up}package.json`));
    for (const name of above?.dependencies ?? []) names.add(name);
  }
  // Without a repository around it, what lies above belongs to someone else.
  return files.existsOnDisk(`${up}.git`) ? names : new Set();
}

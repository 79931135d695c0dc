import { folderOf, joinPath } from "./paths.ts";
import type { ProjectFiles } from "./project-files.ts";

const maxRoots = 200;

/** Finds the file of a dotted Python module. Packages from outside are simply not found. */
export class PythonModules {
  private readonly files: ProjectFiles;
  /** Folders that hold top-level packages or modules. */
  private readonly roots: readonly string[];

  constructor(files: ProjectFiles) {
    this.files = files;
    this.roots = packageRoots(files);
  }

  /** @param specifier dotted, with leading dots when relative: `..models.user` */
  resolve(from: string, specifier: string): string | undefined {
    const dots = /^\.*/.exec(specifier)?.[0].length ?? 0;
    const inner = specifier.slice(dots).replaceAll(".", "/");
    if (dots > 0) {
      const base = joinPath(folderOf(from), "../".repeat(dots - 1));
      return base === undefined ? undefined : this.locate(base, inner);
    }
    for (const root of [folderOf(from), ...this.roots]) {
      const found = this.locate(root, inner);
      // A script's own folder comes first on its path; a package's does not.
      if (found !== undefined && (root !== folderOf(from) || !this.isPackage(root))) return found;
    }
    return undefined;
  }

  private locate(base: string, inner: string): string | undefined {
    const path = joinPath(base, inner);
    if (path === undefined) return undefined;
    const candidates = [`${path}.py`, path === "" ? "__init__.py" : `${path}/__init__.py`, `${path}.pyi`];
    return candidates.find((candidate) => this.files.has(candidate));
  }

  private isPackage(folder: string): boolean {
    return this.files.has(folder === "" ? "__init__.py" : `${folder}/__init__.py`);
  }
}

function packageRoots(files: ProjectFiles): string[] {
  const roots = new Set<string>([""]);
  for (const path of files.paths) {
    if (!path.endsWith("/__init__.py") || roots.size >= maxRoots) continue;
    const above = folderOf(folderOf(path));
    if (!files.has(above === "" ? "__init__.py" : `${above}/__init__.py`)) roots.add(above);
  }
  if (files.hasFolder("src")) roots.add("src");
  return [...roots];
}

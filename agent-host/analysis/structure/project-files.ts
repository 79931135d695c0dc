import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const maxConfigBytes = 2_000_000;

/** What the structure rules know about the files of the workspace, and the few questions they ask the disk. */
export class ProjectFiles {
  readonly paths: ReadonlySet<string>;
  private readonly root: string;
  private readonly ignored: (path: string) => boolean;
  private readonly folders: ReadonlySet<string>;

  constructor(root: string, paths: ReadonlySet<string>, isIgnored: (path: string) => boolean) {
    this.root = root;
    this.paths = paths;
    this.ignored = isIgnored;
    this.folders = foldersOf(paths);
  }

  has(path: string): boolean {
    return this.paths.has(path);
  }

  hasFolder(path: string): boolean {
    return this.folders.has(path);
  }

  /** Text of a small configuration file, listed or not; undefined when it cannot be read. */
  readText(path: string): string | undefined {
    try {
      const text = readFileSync(join(this.root, path), "utf8");
      return text.length <= maxConfigBytes ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** Also true for files that were not listed: ignored, built, too large. */
  existsOnDisk(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  isIgnored(path: string): boolean {
    return path !== "" && this.ignored(path);
  }
}

function foldersOf(paths: ReadonlySet<string>): Set<string> {
  const folders = new Set<string>([""]);
  for (const path of paths) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const folder = path.slice(0, slash);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

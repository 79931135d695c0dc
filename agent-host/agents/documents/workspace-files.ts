import { type DocumentWorkspace, existsInWorkspace } from "./read-text.ts";

/** Looks paths up in the list of workspace files, folders included, with and without regard to case. */
export class WorkspaceFiles {
  readonly hasDocumentSite: boolean;
  private readonly files: ReadonlySet<string>;
  private readonly folders = new Set<string>();
  private readonly byLowerCase = new Map<string, string>();
  private readonly byName = new Map<string, string[]>();
  private readonly root: string;

  constructor(workspace: DocumentWorkspace) {
    this.root = workspace.root;
    this.files = new Set(workspace.paths);
    for (const path of workspace.paths) this.index(path);
    this.hasDocumentSite = workspace.paths.some((path) => documentSite.test(path));
  }

  has(path: string): boolean {
    const trimmed = path.replace(/\/+$/, "");
    return trimmed === "" || this.files.has(trimmed) || this.folders.has(trimmed);
  }

  hasFolder(path: string): boolean {
    return this.folders.has(path);
  }

  /** The path as it is really written, if only the case differs. */
  inOtherCase(path: string): string | undefined {
    const real = this.byLowerCase.get(path.replace(/\/+$/, "").toLowerCase());
    return real === path ? undefined : real;
  }

  /** Files with this base name. */
  named(name: string): readonly string[] {
    return this.byName.get(name) ?? [];
  }

  /** As `has`, but also sees what the list leaves out because it is ignored or generated. */
  async exists(path: string, signal: AbortSignal): Promise<boolean> {
    return this.has(path) || (await existsInWorkspace(this.root, path, signal));
  }

  private index(path: string): void {
    this.byLowerCase.set(path.toLowerCase(), path);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const same = this.byName.get(name);
    if (same === undefined) this.byName.set(name, [path]);
    else if (same.length < maxSameName) same.push(path);
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const folder = path.slice(0, slash);
      if (this.folders.has(folder)) break;
      this.folders.add(folder);
      this.byLowerCase.set(folder.toLowerCase(), folder);
    }
  }
}

const maxSameName = 20;
const documentSite =
  /(?:^|\/)(?:docusaurus\.config\.\w+|mkdocs\.ya?ml|conf\.py|_config\.ya?ml|book\.toml|astro\.config\.\w+|\.vitepress\/.*|\.vuepress\/.*|_sidebar\.md|antora\.ya?ml|mint\.json|docs\.json|next\.config\.\w+)$/;

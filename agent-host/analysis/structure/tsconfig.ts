import { asRecord, asStrings, parseLooseJson } from "./json-text.ts";
import { folderOf, foldersUp, joinPath } from "./paths.ts";
import type { ProjectFiles } from "./project-files.ts";

/** `paths` of one configuration: a pattern with at most one `*`, and where it may lead. */
export interface PathAlias {
  readonly prefix: string;
  readonly suffix: string;
  readonly exact: boolean;
  /** Relative to the root; `*` stands for the matched part. */
  readonly targets: readonly string[];
}

/** What the compiler configurations of one folder say about module names. */
export interface FolderAliases {
  readonly aliases: readonly PathAlias[];
  readonly baseUrls: readonly string[];
  readonly rootDirs: readonly string[];
  /** `outDir` → `rootDir`, to find the source of a built file. */
  readonly outputs: readonly { readonly outDir: string; readonly rootDir: string | undefined }[];
}

const maxExtendsDepth = 10;
const configName = /(?:^|\/)(?:ts|js)config(?:\.[\w-]+)*\.json$/;

export function isCompilerConfig(path: string): boolean {
  return configName.test(path);
}

/**
 * The path aliases of every `tsconfig*.json` and `jsconfig*.json`. The nearest folder with any wins; all
 * configurations of that folder count together, because which of them includes a file is rarely what people mean.
 */
export class CompilerConfigs {
  private readonly byFolder = new Map<string, FolderAliases>();
  private readonly files: ProjectFiles;
  private readonly packageFolder: (name: string) => string | undefined;

  constructor(files: ProjectFiles, packageFolder: (name: string) => string | undefined) {
    this.files = files;
    this.packageFolder = packageFolder;
    const found = new Map<string, FolderAliases[]>();
    for (const path of files.paths) {
      if (!isCompilerConfig(path)) continue;
      const folder = folderOf(path);
      const aliases = this.read(path, 0);
      if (aliases !== undefined) found.set(folder, [...(found.get(folder) ?? []), aliases]);
    }
    for (const [folder, configs] of found) this.byFolder.set(folder, merged(configs));
  }

  /** Alias tables that hold for a file in `folder`, nearest first. */
  *around(folder: string): Generator<FolderAliases> {
    for (const candidate of foldersUp(folder)) {
      const aliases = this.byFolder.get(candidate);
      if (aliases !== undefined) yield aliases;
    }
  }

  all(): Iterable<FolderAliases> {
    return this.byFolder.values();
  }

  private read(path: string, depth: number): FolderAliases | undefined {
    const config = asRecord(parseLooseJson(this.files.readText(path) ?? ""));
    if (config === undefined || depth > maxExtendsDepth) return undefined;
    const bases = (typeof config.extends === "string" ? [config.extends] : asStrings(config.extends))
      .map((base) => this.basePath(path, base))
      .filter((base) => base !== undefined)
      .map((base) => this.read(base, depth + 1))
      .filter((base) => base !== undefined);
    const own = ownAliases(folderOf(path), asRecord(config.compilerOptions) ?? {});
    const inherited = bases[bases.length - 1];
    return {
      aliases: own.aliases.length > 0 ? own.aliases : (inherited?.aliases ?? []),
      baseUrls: own.baseUrls.length > 0 ? own.baseUrls : (inherited?.baseUrls ?? []),
      rootDirs: own.rootDirs.length > 0 ? own.rootDirs : (inherited?.rootDirs ?? []),
      outputs: own.outputs.length > 0 ? own.outputs : (inherited?.outputs ?? []),
    };
  }

  private basePath(from: string, base: string): string | undefined {
    if (base.startsWith(".")) return this.withExtension(joinPath(folderOf(from), base));
    const [scopeOrName = "", second = ""] = base.split("/");
    const name = base.startsWith("@") ? `${scopeOrName}/${second}` : scopeOrName;
    const folder = this.packageFolder(name);
    if (folder === undefined) return undefined;
    const rest = base.slice(name.length + 1);
    return this.withExtension(joinPath(folder, rest === "" ? "tsconfig.json" : rest));
  }

  private withExtension(path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    return [path, `${path}.json`, `${path}/tsconfig.json`].find((candidate) => this.files.has(candidate));
  }
}

function ownAliases(folder: string, options: Record<string, unknown>): FolderAliases {
  const baseUrl = typeof options.baseUrl === "string" ? joinPath(folder, options.baseUrl) : undefined;
  const aliases: PathAlias[] = [];
  for (const [pattern, targets] of Object.entries(asRecord(options.paths) ?? {})) {
    const star = pattern.indexOf("*");
    const resolved = asStrings(targets)
      .map((target) => joinPath(baseUrl ?? folder, target))
      .filter((target) => target !== undefined);
    if (resolved.length === 0) continue;
    aliases.push({
      prefix: star === -1 ? pattern : pattern.slice(0, star),
      suffix: star === -1 ? "" : pattern.slice(star + 1),
      exact: star === -1,
      targets: resolved,
    });
  }
  // The longest prefix wins, as in the compiler.
  aliases.sort((a, b) => Number(b.exact) - Number(a.exact) || b.prefix.length - a.prefix.length);
  const outDir = typeof options.outDir === "string" ? joinPath(folder, options.outDir) : undefined;
  const rootDir = typeof options.rootDir === "string" ? joinPath(folder, options.rootDir) : undefined;
  return {
    aliases,
    baseUrls: baseUrl === undefined ? [] : [baseUrl],
    rootDirs: asStrings(options.rootDirs).flatMap((item) => joinPath(folder, item) ?? []),
    outputs: outDir === undefined ? [] : [{ outDir, rootDir }],
  };
}

function merged(configs: readonly FolderAliases[]): FolderAliases {
  return {
    aliases: configs.flatMap((config) => config.aliases),
    baseUrls: [...new Set(configs.flatMap((config) => config.baseUrls))],
    rootDirs: [...new Set(configs.flatMap((config) => config.rootDirs))],
    outputs: configs.flatMap((config) => config.outputs),
  };
}

import { isCode } from "../examine-file.ts";
import type { FileFacts } from "../file-facts.ts";
import { type FileRole, roleOf } from "../files/file-role.ts";
import { frameworkEntries } from "./framework-entries.ts";
import { asRecord, stringsIn } from "./json-text.ts";
import type { ModuleGraph } from "./module-graph.ts";
import type { Package } from "./packages.ts";
import { folderOf, isBelow, joinPath } from "./paths.ts";

export interface EntryPoints {
  /** Files something outside the import graph loads. */
  readonly files: ReadonlySet<string>;
  /** Entry files whose every export is used by definition. */
  readonly published: ReadonlySet<string>;
  /** Folders of packages of which at least one real entry is known; only there can a file be called unreached. */
  readonly knownPackages: ReadonlySet<string>;
  /** Folders of packages that publish every file by a pattern. */
  readonly openPackages: ReadonlySet<string>;
}

const rolesLoadedFromOutside: ReadonlySet<FileRole> = new Set([
  "test",
  "fixture",
  "example",
  "script",
  "config",
  "docs",
  "declaration",
]);

/** Everything the code itself does not load but someone does: packages, scripts, tests, frameworks, pages. */
export function findEntryPoints(facts: readonly FileFacts[], graph: ModuleGraph): EntryPoints {
  const files = new Set<string>();
  const published = new Set<string>();
  const knownPackages = new Set<string>();
  for (const item of graph.packages.all) {
    const named = entriesOfPackage(item, graph);
    for (const path of named) published.add(path);
    if (named.some((path) => roleOf(path) === "source")) knownPackages.add(item.folder);
  }
  const isFrameworkEntry = frameworkEntries(graph.packages);
  for (const item of facts) {
    const traits = item.traits ?? [];
    const role = roleOf(item.path);
    const isPage = isFrameworkEntry(item.path);
    if (isPage) published.add(item.path);
    if (isPage || (role === "source" && conventionalEntry.test(withinPackage(item.path, graph)))) {
      const owner = graph.packages.around(item.path);
      files.add(item.path);
      published.add(item.path);
      if (owner !== undefined) knownPackages.add(owner.folder);
    }
    // Components and pages are text to this analysis; who loads them is not known.
    const isLoadedElsewhere = !isCode(item.language) || rolesLoadedFromOutside.has(role);
    if (isLoadedElsewhere || traits.length > 0) files.add(item.path);
    if (platformVariant.test(item.path) || servedFolder.test(item.path)) files.add(item.path);
    if (item.references === undefined) continue;
    for (const path of graph.remember(item, filesNamedBy)) files.add(path);
  }
  for (const path of published) files.add(path);
  const openPackages = new Set(graph.packages.all.filter(publishesEverything).map(({ folder }) => folder));
  return { files, published, knownPackages, openPackages };
}

const conventionalEntry =
  /^(?:src\/|app\/|server\/|client\/|lib\/|source\/)?(?:index|main|app|server|cli|extension|worker|background|content|popup|renderer|preload|service-worker|sw|bootstrap|entry(?:[.-][\w-]+)?|mod)\.[mc]?[jt]sx?$/i;
const platformVariant =
  /\.(?:ios|android|native|web|windows|macos|server|client|browser|node|edge)\.[mc]?[jt]sx?$/;

// Pages name what lies here by its address.
const servedFolder = /(?:^|\/)(?:public|static|wwwroot|htdocs|webroot)\//;

function withinPackage(path: string, graph: ModuleGraph): string {
  const folder = graph.packages.around(path)?.folder ?? "";
  return folder === "" ? path : path.slice(folder.length + 1);
}

const maxManifestStrings = 2_000;

/** Every path any field of the manifest names: entry points, scripts, and the settings of tools that live there. */
function entriesOfPackage(item: Package, graph: ModuleGraph): string[] {
  const { dependencies: _d, devDependencies: _v, peerDependencies: _p, ...rest } = item.manifest;
  const found = new Set<string>();
  for (const text of stringsIn(rest, maxManifestStrings)) {
    for (const word of text.split(/[\s"'`;&|=,()]+/)) {
      const path = sourceNamed(item.folder, word, graph);
      if (path !== undefined) found.add(path);
    }
  }
  // Keys are paths too: `"browser": {"./a.js": "./b.js"}`, `"publishConfig"`.
  for (const key of Object.keys(asRecord(item.manifest.browser) ?? {})) {
    const path = sourceNamed(item.folder, key, graph);
    if (path !== undefined) found.add(path);
  }
  return [...found].filter((path) => !path.endsWith("package.json"));
}

function sourceNamed(folder: string, word: string, graph: ModuleGraph): string | undefined {
  if (word.length < 2 || word.length > 300 || word.startsWith("-") || !/[./]/.test(word)) return undefined;
  if (word.includes("*") || !/\.[mc]?[jt]sx?$|^\.{0,2}\/|^[\w@.-]+\/[\w@./-]+$/.test(word)) return undefined;
  return graph.resolver.locateSource(folder, word);
}

function publishesEverything(item: Package): boolean {
  const table = asRecord(item.manifest.exports);
  return table !== undefined && Object.keys(table).some((key) => /^\.\/\*/.test(key));
}

/** Strings that look like paths may be loaded by `new Worker`, `fork`, a glob or a framework. */
function filesNamedBy(item: FileFacts, graph: ModuleGraph): ReadonlySet<string> {
  const files = new Set<string>();
  const owner = graph.packages.around(item.path)?.folder ?? "";
  // Linters, compilers and build scripts name `src/**` too, which says nothing about what runs.
  const role = roleOf(item.path);
  const mayLoadByGlob =
    item.language !== "text" && item.language !== "manifest" && role !== "config" && role !== "script";
  for (const reference of item.references ?? []) {
    for (const base of new Set([folderOf(item.path), owner, ""])) {
      if (/[*{]/.test(reference) || reference.endsWith("/")) {
        if (mayLoadByGlob) addMatching(base, reference, graph, files);
      } else {
        const path = graph.resolver.locateSource(base, reference);
        if (path !== undefined) files.add(path);
      }
    }
  }
  return files;
}

function addMatching(base: string, glob: string, graph: ModuleGraph, files: Set<string>): void {
  const fixed = glob.slice(0, glob.search(/[*{]|$/));
  const start = joinPath(base, fixed.slice(0, fixed.lastIndexOf("/") + 1));
  if (start === undefined || start === "" || !graph.files.hasFolder(start)) return;
  const isDeep = glob.includes("**") || glob.endsWith("/");
  for (const path of graph.files.paths) {
    if (
      isBelow(path, start) &&
      (isDeep || !path.slice(start.length + 1).includes("/") || /\*.*\//.test(glob))
    ) {
      files.add(path);
    }
  }
}

import { isBuiltin } from "node:module";
import { asRecord } from "./json-text.ts";
import type { Package, Packages } from "./packages.ts";
import { folderOf, foldersUp, joinPath } from "./paths.ts";
import type { ProjectFiles } from "./project-files.ts";
import type { CompilerConfigs, PathAlias } from "./tsconfig.ts";

/**
 * Where an import leads: a `file` of the workspace · a `package` from outside · `external`, something this analysis
 * does not judge (builtin, style sheet, virtual module, built output) · `missing`, a path with nothing there.
 */
export type Resolution =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "package"; readonly name: string }
  | { readonly kind: "external" }
  | { readonly kind: "missing" };

const external: Resolution = { kind: "external" };
const missing: Resolution = { kind: "missing" };

/** Resolves module specifiers the way compilers and bundlers do together: lenient, sources before built files. */
export class ModuleResolver {
  private readonly files: ProjectFiles;
  private readonly packages: Packages;
  private readonly configs: CompilerConfigs;
  private readonly cache = new Map<string, Resolution>();
  private readonly located = new Map<string, string | undefined>();

  constructor(files: ProjectFiles, packages: Packages, configs: CompilerConfigs) {
    this.files = files;
    this.packages = packages;
    this.configs = configs;
  }

  resolve(from: string, written: string): Resolution {
    const folder = folderOf(from);
    const key = `${folder}\0${written}`;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const resolution = this.find(folder, written);
    this.cache.set(key, resolution);
    return resolution;
  }

  /** The source file for a path without extension, with a built extension, or naming a folder. */
  locate(path: string): string | undefined {
    if (this.located.has(path)) return this.located.get(path);
    const found = this.locateFresh(path);
    this.located.set(path, found);
    return found;
  }

  /** The source a built path comes from: `dist/cli.js` → `src/cli.ts`. */
  locateSource(packageFolder: string, target: string): string | undefined {
    const path = joinPath(packageFolder, target);
    if (path === undefined) return undefined;
    const direct = this.locate(path);
    if (direct !== undefined) return direct;
    for (const { outDir, rootDir } of this.outputs(packageFolder)) {
      if (!path.startsWith(`${outDir}/`)) continue;
      const rest = path.slice(outDir.length + 1);
      const roots = [rootDir, joinPath(packageFolder, "src"), packageFolder];
      for (const root of roots) {
        const found = root === undefined ? undefined : this.locate(joinPath(root, rest) ?? "");
        if (found !== undefined) return found;
      }
    }
    return this.guessSource(packageFolder, target);
  }

  private find(folder: string, written: string): Resolution {
    const specifier = written.replace(/[?].*$/, "");
    if (specifier === "" || written.includes("!") || /^(?!node:)[a-z][a-z0-9+.-]*:/i.test(specifier))
      return external;
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) return this.relative(folder, specifier);
    if (specifier.startsWith("node:") || isBuiltin(specifier)) return external;
    if (specifier.startsWith("#")) return this.privateImport(folder, specifier);
    const alias = this.aliased(folder, specifier) ?? this.siteAlias(folder, specifier);
    if (alias !== undefined) return alias;
    if (specifier.startsWith("/")) return this.fromPackageRoot(folder, specifier.slice(1)) ?? external;
    return this.bare(folder, specifier);
  }

  private relative(folder: string, specifier: string): Resolution {
    const path = joinPath(folder, specifier);
    // Above the root: part of a repository that is not looked at.
    if (path === undefined) return external;
    const found = this.locate(path) ?? this.locate(path.replace(/#.*$/, ""));
    if (found !== undefined) return { kind: "file", path: found };
    return this.relativeElsewhere(folder, specifier) ?? (this.mayBeMade(path) ? external : missing);
  }

  /** `rootDirs`: several folders that act as one. */
  private relativeElsewhere(folder: string, specifier: string): Resolution | undefined {
    for (const { rootDirs } of this.configs.around(folder)) {
      const own = rootDirs.find((root) => folder === root || folder.startsWith(`${root}/`));
      if (own === undefined) continue;
      for (const root of rootDirs) {
        const path = joinPath(`${root}${folder.slice(own.length)}`, specifier);
        const found = path === undefined ? undefined : this.locate(path);
        if (found !== undefined) return { kind: "file", path: found };
      }
      return external;
    }
    return undefined;
  }

  /** True for what is not there but not an error either: assets, built or generated files, unlisted files. */
  private mayBeMade(path: string): boolean {
    if (assetExtension.test(path) || generatedPath.test(path)) return true;
    return (
      sourceCandidates(path).some((candidate) => this.files.existsOnDisk(candidate)) ||
      this.files.isIgnored(path) ||
      sourceCandidates(path).some((candidate) => this.files.isIgnored(candidate))
    );
  }

  private aliased(folder: string, specifier: string): Resolution | undefined {
    for (const { aliases, baseUrls } of this.configs.around(folder)) {
      for (const alias of aliases) {
        const found = this.throughAlias(alias, specifier);
        if (found !== undefined) return found;
      }
      for (const baseUrl of baseUrls) {
        const found = this.locate(joinPath(baseUrl, specifier) ?? "");
        if (found !== undefined && !found.endsWith("/package.json")) return { kind: "file", path: found };
      }
    }
    return undefined;
  }

  /** What Docusaurus defines in a site: `@site/src/x`, `@theme/Layout`, `@generated/routes`. */
  private siteAlias(folder: string, specifier: string): Resolution | undefined {
    const match = /^@(site|theme|theme-original|theme-init|generated|docusaurus)\/(.*)$/.exec(specifier);
    if (match === null) return undefined;
    const site = this.packages.above(folder, "@docusaurus/core");
    if (site === undefined) return undefined;
    const [, alias, rest = ""] = match;
    const base = alias === "site" ? site.folder : joinPath(site.folder, "src/theme");
    const path = alias === "site" || alias === "theme" ? joinPath(base ?? "", rest) : undefined;
    const found = path === undefined ? undefined : this.locate(path);
    return found === undefined ? external : { kind: "file", path: found };
  }

  private throughAlias(alias: PathAlias, specifier: string): Resolution | undefined {
    const { prefix, suffix, exact, targets } = alias;
    if (exact ? specifier !== prefix : !specifier.startsWith(prefix) || !specifier.endsWith(suffix))
      return undefined;
    const middle = exact ? "" : specifier.slice(prefix.length, specifier.length - suffix.length);
    for (const target of targets) {
      const path = joinPath("", target.replace("*", middle));
      const found = path === undefined ? undefined : this.locate(path);
      if (found !== undefined) return { kind: "file", path: found };
    }
    if (prefix === "") return undefined;
    const paths = targets.map((target) => joinPath("", target.replace("*", middle)) ?? "");
    return paths.some((path) => this.mayBeMade(path) || path.includes("node_modules/"))
      ? external
      : undefined;
  }

  private privateImport(folder: string, specifier: string): Resolution {
    for (const candidate of foldersUp(folder)) {
      const owner = this.packages.all.find((item) => item.folder === candidate);
      const table = asRecord(owner?.manifest.imports);
      if (owner === undefined || table === undefined) continue;
      const target = throughTable(table, specifier, (path) => this.locateSource(owner.folder, path));
      return target === undefined ? external : { kind: "file", path: target };
    }
    return this.aliased(folder, specifier) ?? external;
  }

  private bare(folder: string, specifier: string): Resolution {
    const name = packageName(specifier);
    if (name === undefined) return external;
    const member = this.packages.named(name);
    if (member !== undefined) {
      const path = this.entryOf(member, specifier.slice(name.length + 1));
      return path === undefined ? external : { kind: "file", path };
    }
    return this.fromPackageRoot(folder, specifier) ?? { kind: "package", name };
  }

  /** `src/x` and `app/x`: bundlers and runners are told to search the package's folder. */
  private fromPackageRoot(folder: string, specifier: string): Resolution | undefined {
    const first = specifier.split("/")[0] ?? "";
    for (const candidate of foldersUp(folder)) {
      for (const base of [candidate, joinPath(candidate, "src") ?? ""]) {
        if (!this.files.hasFolder(joinPath(base, first) ?? "") || first === "") continue;
        const found = this.locate(joinPath(base, specifier) ?? "");
        if (found !== undefined) return { kind: "file", path: found };
      }
    }
    return undefined;
  }

  private entryOf(member: Package, subpath: string): string | undefined {
    const { manifest, folder } = member;
    const table = manifest.exports;
    const locate = (path: string) => this.locateSource(folder, path);
    if (table !== undefined) {
      const isTable =
        asRecord(table) !== undefined && Object.keys(asRecord(table) ?? {})[0]?.startsWith(".") === true;
      const found = isTable
        ? throughTable(asRecord(table) ?? {}, subpath === "" ? "." : `./${subpath}`, locate)
        : firstTarget(table, locate);
      if (found !== undefined) return found;
    }
    if (subpath !== "") return locate(subpath) ?? locate(`src/${subpath}`);
    for (const field of ["source", "types", "typings", "module", "main", "browser"]) {
      const target = manifest[field];
      const found = typeof target === "string" ? locate(target) : undefined;
      if (found !== undefined) return found;
    }
    return locate("src/index") ?? locate("index");
  }

  private locateFresh(path: string): string | undefined {
    for (const candidate of sourceCandidates(path)) if (this.files.has(candidate)) return candidate;
    if (!this.files.hasFolder(path)) return undefined;
    for (const extension of sourceExtensions) {
      const index = path === "" ? `index${extension}` : `${path}/index${extension}`;
      if (this.files.has(index)) return index;
    }
    return this.folderManifest(path);
  }

  /** A folder with its own manifest is reached through what that names. */
  private folderManifest(path: string): string | undefined {
    const owner = this.packages.all.find((item) => item.folder === path);
    if (owner === undefined) return undefined;
    const manifest = path === "" ? "package.json" : `${path}/package.json`;
    this.located.set(path, manifest);
    return this.entryOf(owner, "") ?? manifest;
  }

  private *outputs(packageFolder: string): Generator<{ outDir: string; rootDir: string | undefined }> {
    for (const { outputs } of this.configs.around(packageFolder)) yield* outputs;
  }

  /** Without a configuration: drop or replace the output folder, then its format folder. */
  private guessSource(packageFolder: string, target: string): string | undefined {
    const segments = target.split("/").filter((segment) => segment !== "." && segment !== "");
    for (let cut = 1; cut < Math.min(segments.length, 4); cut += 1) {
      if (!segments.slice(0, cut).every((segment) => outputSegment.test(segment))) break;
      const rest = segments.slice(cut).join("/");
      for (const base of ["src", "lib", "source", ""]) {
        const found = this.locate(joinPath(packageFolder, `${base}/${rest}`) ?? "");
        if (found !== undefined) return found;
      }
    }
    if (segments.length !== 1) return undefined;
    // Packages that are published from their build folder name their files as if they lay at the top.
    return this.locate(joinPath(packageFolder, `src/${segments[0]}`) ?? "");
  }
}

/** `@scope/name` or `name` of a bare specifier; undefined when no registry would accept it: then it is an alias. */
export function packageName(specifier: string): string | undefined {
  const match = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?=\/|$)/i.exec(specifier);
  return match === null || match[0].startsWith("~") || specifier.startsWith("@/") ? undefined : match[0];
}

const sourceExtensions = [
  ".ts",
  ".tsx",
  ".mts",
  ".cts",
  ".d.ts",
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  ".json",
  ".vue",
  ".svelte",
];
const platformExtensions = [
  ".native.ts",
  ".native.tsx",
  ".ios.ts",
  ".ios.tsx",
  ".web.ts",
  ".web.tsx",
  ".native.js",
  ".ios.js",
  ".web.js",
];
const outputSegment =
  /^(?:dist|build|out|lib|output|compiled|es|esm|cjs|mjs|umd|commonjs|module|browser|node|types|typings|\.\.?)$/;
const assetExtension =
  /\.(?:css|scss|sass|less|styl|stylus|pcss|svg|png|jpe?g|gif|webp|avif|ico|bmp|woff2?|ttf|eot|otf|mp[34]|webm|ogg|wav|html?|mdx?|txt|csv|graphqls?|gql|ya?ml|toml|xml|wasm|node|vue|svelte|astro|glsl|vert|frag|wgsl|hbs|ejs|pug|njk|proto|sql|pdf|zip|bin|riv|lottie|po|ftl|snap)$/i;
const generatedPath =
  /(?:^|\/)(?:__generated__|_?generated|\.?gen|\.prisma|\.next|\.nuxt|\.svelte-kit|\.astro|\.output|\+types|node_modules|\.velite|\.contentlayer|styled-system|paraglide|typechain(?:-types)?)(?:\/|$)|(?:^|\/)\$types|[.\-_](?:gen|generated|pb|graphql)(?:\.[mc]?[jt]sx?)?$|routeTree\.gen|auto-imports|components\.d$/i;

function sourceCandidates(path: string): string[] {
  const candidates = [path];
  const built = /^(.*)\.([mc]?)js(x?)$/.exec(path);
  if (built !== null) {
    const [, stem = "", format = "", jsx = ""] = built;
    if (jsx === "") candidates.push(`${stem}.${format}ts`);
    if (format === "") candidates.push(`${stem}.tsx`);
    candidates.push(`${stem}.d.${format}ts`);
    // A dual build renames one source to every format.
    if (format !== "") candidates.push(`${stem}.ts`, `${stem}.tsx`);
    if (format === "") candidates.push(`${stem}.mts`, `${stem}.cts`, `${stem}.jsx`);
  }
  const declaration = /^(.*)\.d\.([mc]?)ts$/.exec(path);
  if (declaration !== null)
    candidates.push(`${declaration[1]}.${declaration[2]}ts`, `${declaration[1]}.tsx`, `${declaration[1]}.ts`);
  for (const extension of sourceExtensions) candidates.push(path + extension);
  for (const extension of platformExtensions) candidates.push(path + extension);
  return candidates;
}

type Locate = (path: string) => string | undefined;

/** `exports` and `imports` tables: exact keys first, then patterns, longest first. */
function throughTable(table: Record<string, unknown>, key: string, locate: Locate): string | undefined {
  if (table[key] !== undefined) return firstTarget(table[key], locate);
  const patterns = Object.keys(table)
    .filter((pattern) => pattern.includes("*"))
    .sort((a, b) => b.length - a.length);
  for (const pattern of patterns) {
    const [before = "", after = ""] = pattern.split("*");
    if (!key.startsWith(before) || !key.endsWith(after) || key.length < before.length + after.length)
      continue;
    const middle = key.slice(before.length, key.length - after.length);
    const found = firstTarget(table[pattern], (path) => locate(path.replaceAll("*", middle)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first target under any condition that leads to a file: which condition holds is the bundler's business. */
function firstTarget(value: unknown, locate: Locate): string | undefined {
  if (typeof value === "string") return locate(value);
  const options = Array.isArray(value) ? value : Object.values(asRecord(value) ?? {});
  for (const option of options) {
    const found = firstTarget(option, locate);
    if (found !== undefined) return found;
  }
  return undefined;
}

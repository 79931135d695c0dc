import { type Dirent, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { HostError, systemErrorCode } from "../../core/host-error.ts";
import { type IgnoreRules, readIgnoreFile, rootIgnoreRules } from "./ignore-rules.ts";

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

export interface WalkResult {
  /** Sorted; relative to the root, with `/`. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  /** True for paths git would leave out; used to tell a missing file from one that is built. */
  readonly isIgnored: (path: string) => boolean;
}

/**
 * Lists the regular files below `root` that are the project's own: nested `.gitignore` and `.git/info/exclude`
 * obeyed, dependencies and build output left out, links never followed, nothing opened but ignore files.
 *
 * @throws HostError `analysis.unreadableRoot` when the root cannot be listed.
 */
export function walk(root: string, maxFiles: number): WalkResult {
  const steps = walkSteps(root, maxFiles);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** `walk` for a thread that has other things to do: gives way to them every few milliseconds. */
export async function walkInSlices(root: string, maxFiles: number, signal: AbortSignal): Promise<WalkResult> {
  const steps = walkSteps(root, maxFiles);
  let sliceEnd = performance.now() + sliceMs;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < sliceEnd) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    sliceEnd = performance.now() + sliceMs;
  }
}

const sliceMs = 5;

/** Yields after each folder. */
function* walkSteps(root: string, maxFiles: number): Generator<undefined, WalkResult> {
  const files: string[] = [];
  const skipped: SkippedFile[] = [];
  const isIgnored = createIgnoreTest(root);
  const rules = rootIgnoreRules(root);
  const pending: { folder: string; rules: IgnoreRules }[] = [{ folder: "", rules }];
  let tooMany = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield;
    const listing = list(root, next.folder);
    if ("reason" in listing) {
      if (next.folder === "") {
        throw new HostError("analysis.unreadableRoot", `${root} ${listing.reason}`, {
          hint: "Check that you may read the folder",
        });
      }
      skipped.push({ file: `${next.folder}/`, reason: listing.reason });
      continue;
    }
    const prefix = next.folder === "" ? "" : `${next.folder}/`;
    const own = listing.entries.some((entry) => entry.name === ".gitignore") && next.folder !== "";
    const gitignore = own ? readIgnoreFile(join(root, prefix, ".gitignore")) : undefined;
    const inner = next.rules.enter(next.folder, gitignore);
    for (const entry of listing.entries) {
      const path = prefix + entry.name;
      const kind = kindOf(entry);
      if (kind === "folder") {
        if (neverEntered.has(entry.name) || inner.ignores(`${path}/`)) continue;
        const reason = leftOutFolder(root, path, entry.name);
        if (reason === undefined) pending.push({ folder: path, rules: inner });
        else skipped.push({ file: `${path}/`, reason });
      } else if (inner.ignores(path)) {
      } else if (kind !== "file") {
        skipped.push({ file: path, reason: kind });
      } else if (files.length < maxFiles) {
        files.push(path);
      } else {
        tooMany += 1;
      }
    }
  }
  if (tooMany > 0) {
    skipped.push({ file: ".", reason: `${tooMany} files beyond the limit of ${maxFiles}` });
  }
  files.sort(comparePaths);
  skipped.sort((a, b) => comparePaths(a.file, b.file));
  return { files, skipped, isIgnored };
}

/** Orders paths by code unit: the same on every machine and locale. */
export function comparePaths(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function list(root: string, folder: string): { entries: Dirent[] } | { reason: string } {
  try {
    return { entries: readdirSync(join(root, folder), { withFileTypes: true }) };
  } catch (error) {
    return { reason: `cannot be listed (${systemErrorCode(error) ?? "unknown error"})` };
  }
}

function kindOf(entry: Dirent): "file" | "folder" | "symbolic link" | "not a regular file" {
  if (entry.isSymbolicLink()) return "symbolic link";
  if (entry.isDirectory()) return "folder";
  return entry.isFile() ? "file" : "not a regular file";
}

/** Tests paths one by one, for the few that are asked about after the walk. */
function createIgnoreTest(root: string): (path: string) => boolean {
  return (path) => {
    const segments = path.split("/");
    let rules = rootIgnoreRules(root);
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const part = segments.slice(0, depth).join("/");
      const isLast = depth === segments.length;
      if (rules.ignores(isLast ? part : `${part}/`)) return true;
      if (isLast && rules.ignores(`${part}/`)) return true;
      if (!isLast) rules = rules.enter(part, readIgnoreFile(join(root, part, ".gitignore")));
      if (!isLast && neverEntered.has(segments[depth - 1] ?? "")) return true;
    }
    return false;
  };
}

// Dependencies, tool state and caches: never the project's own text, so not even worth a line in the report.
const neverEntered: ReadonlySet<string> = new Set([
  ".git",
  ".hg",
  ".svn",
  ".jj",
  "node_modules",
  "bower_components",
  "jspm_packages",
  "__pycache__",
  ".venv",
  ".tox",
  ".nox",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  "site-packages",
  ".next",
  ".nuxt",
  ".svelte-kit",
  ".angular",
  ".turbo",
  ".parcel-cache",
  ".nyc_output",
  ".gradle",
  ".terraform",
  ".yarn",
  ".pnpm-store",
]);

const vendoredFolders: ReadonlySet<string> = new Set(["vendor", "vendors", "third_party", "third-party"]);
const outputFolders: ReadonlySet<string> = new Set(["dist", "build", "out", "coverage", "lib-cov"]);

function leftOutFolder(root: string, path: string, name: string): string | undefined {
  if (vendoredFolders.has(name)) return "vendored folder";
  if (outputFolders.has(name) && looksBuilt(join(root, path))) return "build output";
  if ((name === "venv" || name === "env") && existsSync(join(root, path, "pyvenv.cfg"))) {
    return "Python environment";
  }
  return undefined;
}

/** Source maps, minified files or a coverage report among the first entries give build output away. */
function looksBuilt(folder: string): boolean {
  const names = sampleNames(folder, 2, []);
  if (names.some((name) => /\.(?:js|css|mjs|cjs)\.map$|\.min\.(?:js|css)$|^lcov\.info$/.test(name)))
    return true;
  const compiled = names.filter((name) => /\.d\.[mc]?ts$/.test(name)).length;
  const sources = names.filter((name) => /(?<!\.d)\.[mc]?tsx?$/.test(name)).length;
  return compiled > 2 && sources === 0;
}

function sampleNames(folder: string, depth: number, names: string[]): string[] {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }).slice(0, 200)) {
      if (entry.isFile()) names.push(entry.name);
      else if (entry.isDirectory() && depth > 0 && names.length < 1_000) {
        sampleNames(join(folder, entry.name), depth - 1, names);
      }
    }
  } catch {
    // Unreadable: the walk itself reports it.
  }
  return names;
}

import type { Severity } from "../../protocol/finding.ts";
import { type JsonEntry, jsonEntries } from "./json-positions.ts";
import type { ManifestFile } from "./manifest-file.ts";
import { pipeToShellRule, unpinnedRule, unpinnedSourceRule } from "./manifest-rules.ts";

/** A `package.json` as far as this program reads it. */
export interface PackageJson {
  readonly name: string | undefined;
  readonly isPrivate: boolean;
  readonly isLibrary: boolean;
  readonly dependencies: readonly PackageDependency[];
}

export interface PackageDependency {
  readonly section: string;
  readonly name: string;
  readonly specifier: string;
  readonly from: number;
  readonly to: number;
}

const sections = ["dependencies", "devDependencies", "optionalDependencies"];

/** Undefined if `text` is not a JSON object. */
export function readPackageJson(text: string): PackageJson | undefined {
  const json = parseObject(text);
  if (json === undefined) return undefined;
  const places = new Map(jsonEntries(text).map((entry) => [entry.path, entry]));
  const { name } = json;
  return {
    name: typeof name === "string" ? name : undefined,
    isPrivate: json.private === true,
    isLibrary:
      json.private !== true &&
      ["main", "module", "exports", "files", "bin", "types"].some((key) => key in json),
    dependencies: sections.flatMap((section) => dependenciesOf(json, section, places)),
  };
}

/** Sources without a commit and moving tags. What depends on lock files and other packages: `checkLockfiles`. */
export function checkPackageJson(file: ManifestFile): string | undefined {
  const manifest = readPackageJson(file.text);
  if (manifest === undefined) return "not a JSON object";
  reportTags(
    file,
    manifest.dependencies.filter((dependency) => movingTag.test(dependency.specifier)),
  );
  for (const dependency of manifest.dependencies) {
    const problem = sourceProblem(dependency.specifier);
    if (problem === undefined) continue;
    const { from, to, name } = dependency;
    file.report(unpinnedSourceRule, {
      from,
      to,
      message: `${name} ${problem.message}`,
      severity: problem.severity,
    });
  }
  checkInstallScripts(file);
  return undefined;
}

const movingTag = /^(?:latest|next|canary|beta|alpha|rc|nightly|experimental|dev)$/;

/** One finding for all of them: they stand together and are mended together. */
function reportTags(file: ManifestFile, tagged: readonly PackageDependency[]): void {
  const [first] = tagged;
  if (first === undefined || file.isAside) return;
  const names = tagged.map(({ name, specifier }) => `${name} (${specifier})`);
  const many = names.length > 1 ? `${names.length} dependencies follow` : "A dependency follows";
  file.report(unpinnedRule, {
    from: first.from,
    to: first.to,
    message: `${many} a moving tag: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`,
    severity: tagged.every((dependency) => dependency.section === "devDependencies") ? "info" : "warning",
    identity: "moving tags",
    related: tagged.slice(1, 30).map(({ from, to }) => ({ from, to })),
  });
}

function sourceProblem(specifier: string): { message: string; severity: Severity } | undefined {
  if (/^http:\/\//.test(specifier)) return { message: "comes over plain http", severity: "error" };
  // A lock file holds the checksum of a tarball, so the address alone is worth no more than a note.
  if (/^https:\/\/(?!.*\.git(?:#|$))/.test(specifier) && !/\/[0-9a-f]{40}\b/.test(specifier)) {
    return /^https:\/\/(?:github|gitlab)\.com\/[^/]+\/[^/]+$/.test(specifier)
      ? { message: "follows a repository's default branch", severity: "warning" }
      : { message: "comes from a plain address", severity: "info" };
  }
  const isGit =
    /^(?:git[+:@]|github:|gitlab:|bitbucket:|https:\/\/.*\.git(?:#|$)|[\w.-]+\/[\w.-]+(?:#|$))/.test(
      specifier,
    );
  if (!isGit) return undefined;
  const commit = specifier.split("#")[1];
  if (commit === undefined) return { message: "follows a repository's default branch", severity: "warning" };
  if (/^[0-9a-f]{7,40}$/.test(commit) || commit.startsWith("semver:")) return undefined;
  const tag = /^v?\d+(?:\.\d+)+/.test(commit);
  return {
    message: `follows the ${tag ? "tag" : "branch"} ${commit.slice(0, 40)}`,
    severity: tag ? "info" : "warning",
  };
}

function checkInstallScripts(file: ManifestFile): void {
  for (const entry of jsonEntries(file.text)) {
    if (!/^\0scripts\0(?:pre|post)?(?:install|prepare)$/.test(entry.path)) continue;
    const script = file.text.slice(entry.keyFrom, entry.valueTo);
    if (/\b(?:curl|wget)\b[^|;&]*\|\s*(?:sudo\s+)?(?:ba|z)?sh\b/.test(script)) {
      file.report(pipeToShellRule, {
        from: entry.keyFrom,
        to: entry.valueTo,
        message: "Installing runs a downloaded script",
      });
    }
  }
}

function dependenciesOf(
  json: Record<string, unknown>,
  section: string,
  places: ReadonlyMap<string, JsonEntry>,
): PackageDependency[] {
  const entries = json[section];
  if (typeof entries !== "object" || entries === null || Array.isArray(entries)) return [];
  return Object.entries(entries).flatMap(([name, specifier]) => {
    const place = places.get(["", section, name].join("\0"));
    if (typeof specifier !== "string" || place === undefined) return [];
    return [{ section, name, specifier: specifier.trim(), from: place.keyFrom, to: place.valueTo }];
  });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Reported by the caller as a parse problem.
    return undefined;
  }
}

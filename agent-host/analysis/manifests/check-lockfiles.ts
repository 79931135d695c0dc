import type { Finding } from "../../protocol/finding.ts";
import type { SourceFile } from "../file-facts.ts";
import { isAsidePath } from "../files/file-role.ts";
import { ManifestFile } from "./manifest-file.ts";
import { lockFileRule, twoLockFilesRule, unpinnedRule } from "./manifest-rules.ts";
import { type PackageDependency, type PackageJson, readPackageJson } from "./package-json.ts";

const lockFileNames = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "bun.lockb",
  "deno.lock",
];

/**
 * What a manifest alone cannot tell: applications without a lock file, two of them side by side, and `*` or open
 * ranges (those of the workspace's own packages mean "the one here" and are fine). `allPaths` are all files of the
 * workspace; of `manifests` the `package.json` are read.
 */
export function checkLockfiles(manifests: readonly SourceFile[], allPaths: readonly string[]): Finding[] {
  const paths = new Set(allPaths);
  const packages = manifests
    .filter((file) => /(?:^|\/)package\.json$/.test(file.path) && !isAsidePath(file.path))
    .flatMap((file) => {
      const json = readPackageJson(file.text);
      return json === undefined ? [] : [{ json, file: new ManifestFile(file) }];
    });
  const ownNames = new Set(packages.map(({ json }) => json.name));
  for (const { json, file } of packages) {
    const folders = foldersUpwards(file.path);
    const locked = folders.some((folder) => lockFileNames.some((name) => paths.has(`${folder}${name}`)));
    checkLock(file, json, locked);
    checkTwoLocks(file, paths);
    for (const dependency of json.dependencies) {
      if (!ownNames.has(dependency.name)) checkRange(file, dependency, locked);
    }
  }
  return packages.flatMap(({ file }) => file.findings);
}

function checkLock(file: ManifestFile, json: PackageJson, locked: boolean): void {
  const [first] = json.dependencies;
  // A library's users never see its lock file; many leave it out on purpose.
  if (locked || first === undefined || json.isLibrary) return;
  file.report(lockFileRule, {
    from: first.from,
    to: first.to,
    message: `${json.dependencies.length} dependencies and no lock file here or above`,
    identity: "lock",
  });
}

function checkTwoLocks(file: ManifestFile, paths: ReadonlySet<string>): void {
  const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
  const present = lockFileNames.filter((name) => paths.has(`${folder}${name}`) && name !== "deno.lock");
  const managers = new Set(
    present.map((name) => name.replace(/^(?:package-lock|npm-shrinkwrap)\.json$/, "npm").slice(0, 3)),
  );
  if (managers.size < 2) return;
  file.report(twoLockFilesRule, {
    from: 0,
    to: 0,
    message: `${present.join(" and ")} lie side by side`,
    identity: "two locks",
  });
}

function checkRange(file: ManifestFile, dependency: PackageDependency, locked: boolean): void {
  const { specifier, from, to, name, section } = dependency;
  if (/^(?:\*|x|)$/i.test(specifier)) {
    const severity = locked || section === "devDependencies" ? "info" : "warning";
    file.report(unpinnedRule, { from, to, message: `${name} may be any version`, severity });
  } else if (!locked && /^>=?\s*[\d.]+$/.test(specifier) && section !== "devDependencies") {
    file.report(unpinnedRule, { from, to, message: `${name} has no upper bound`, severity: "info" });
  }
}

/** The file's folder and those above it, each ending with `/` or empty for the root. */
function foldersUpwards(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return [...parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`), ""];
}

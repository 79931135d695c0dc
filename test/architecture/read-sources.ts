import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFolders } from "./layers.ts";
import { readSourceFacts, type SourceFacts } from "./source-file.ts";

export const repositoryRoot = join(import.meta.dirname, "..", "..");

/** The facts of every TypeScript source of the program; tests and build scripts are not sources. */
export function readSources(): SourceFacts[] {
  const patterns = sourceFolders.map((folder) => `${folder}/**/*.{ts,tsx,mts,cts,js,mjs,cjs}`);
  const paths = globSync(patterns, { cwd: repositoryRoot }).map((path) => path.replaceAll("\\", "/"));
  return paths.sort().map((path) => readSourceFacts(path, readFileSync(join(repositoryRoot, path), "utf8")));
}

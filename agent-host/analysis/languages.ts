import type { Finding } from "../protocol/finding.ts";
import type { Language, LanguageAnalyzer, SourceFile } from "./file-facts.ts";
import { languageOf } from "./files/classify.ts";
import { isManifest, manifestAnalyzer } from "./manifests/manifest-analyzer.ts";
import { findSecrets } from "./secrets/find-secrets.ts";

/** What looks into the text of files, loaded by the threads that parse. */
export interface Analyzers {
  readonly byLanguage: ReadonlyMap<Language, LanguageAnalyzer>;
  isManifest(path: string): boolean;
  findSecrets(file: SourceFile): readonly Finding[];
}

type Load = () => Promise<LanguageAnalyzer>;

// The TypeScript parser alone costs a quarter of a second and 60 MB: only threads that meet its files pay for it.
const loadTypescript: Load = async () =>
  (await import("./typescript/typescript-analyzer.ts")).typescriptAnalyzer;
const loadPython: Load = async () => (await import("./python/python-analyzer.ts")).pythonAnalyzer;
const loadManifest: Load = async () => manifestAnalyzer;

const loaders: ReadonlyMap<Language, Load> = new Map([
  ["typescript", loadTypescript],
  ["javascript", loadTypescript],
  ["python", loadPython],
  ["manifest", loadManifest],
]);

/** Loads the analyzers for the languages of `paths`; others later, when such a file comes. */
export async function loadAnalyzers(paths: readonly string[]): Promise<Analyzers> {
  const languages = new Set(paths.map((path) => (isManifest(path) ? "manifest" : languageOf(path))));
  const byLanguage = new Map<Language, LanguageAnalyzer>();
  for (const language of languages) {
    const analyzer = await loaders.get(language)?.();
    if (analyzer !== undefined) byLanguage.set(language, analyzer);
  }
  return { byLanguage, isManifest, findSecrets };
}

import type { Finding } from "../protocol/finding.ts";
import type { Language, LanguageAnalyzer, SourceFile } from "./file-facts.ts";

/** What looks into the text of files, loaded by the threads that parse. */
export interface Analyzers {
  readonly byLanguage: ReadonlyMap<Language, LanguageAnalyzer>;
  isManifest(path: string): boolean;
  findSecrets(file: SourceFile): readonly Finding[];
}

/**
 * Loads every analyzer. Imported on demand: the TypeScript parser alone costs a quarter of a second and 60 MB, which
 * only parsing threads should pay.
 */
export async function loadAnalyzers(): Promise<Analyzers> {
  const { typescriptAnalyzer } = await import("./typescript/typescript-analyzer.ts");
  const { findSecrets } = await import("./secrets/find-secrets.ts");
  const { isManifest, manifestAnalyzer } = await import("./manifests/manifest-analyzer.ts");
  const { pythonAnalyzer } = await import("./python/python-analyzer.ts");
  const analyzers: LanguageAnalyzer[] = [typescriptAnalyzer, pythonAnalyzer, manifestAnalyzer];
  return {
    byLanguage: new Map(
      analyzers.flatMap((analyzer) => analyzer.languages.map((language) => [language, analyzer] as const)),
    ),
    isManifest,
    findSecrets,
  };
}

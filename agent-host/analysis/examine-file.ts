import type { FileFacts, Language, LanguageAnalyzer, SourceFile } from "./file-facts.ts";
import { generatedReason, hasBinaryExtension, languageOf } from "./files/classify.ts";
import { readSource } from "./files/read-source.ts";
import { textReferences } from "./files/text-references.ts";
import type { Analyzers } from "./languages.ts";
import { withUniqueFingerprints } from "./rules/unique-fingerprints.ts";
import { weighFindings } from "./weigh-findings.ts";

export interface FileLimits {
  /** Larger files are not read at all. */
  readonly maxFileBytes: number;
}

/** What became of one listed file. */
export type Examination =
  | { readonly kind: "facts"; readonly facts: FileFacts; readonly note?: string }
  | { readonly kind: "skipped"; readonly path: string; readonly reason: string };

/** Reads and analyses one file. Never throws for what is in the file. */
export function examineFile(
  root: string,
  path: string,
  options: { readonly analyzers: Analyzers; readonly limits: FileLimits },
): Examination {
  if (hasBinaryExtension(path)) return { kind: "skipped", path, reason: "binary" };
  const read = readSource(root, path, options.limits.maxFileBytes);
  if (read.kind === "skipped") return { kind: "skipped", path, reason: read.reason };
  const { analyzers } = options;
  const language = analyzers.isManifest(path) ? "manifest" : languageOf(path);
  const file: SourceFile = { path, text: read.text, bytes: read.bytes, language };
  const generated = generatedReason(path, read.text);
  const own = factsOf(file, analyzers.byLanguage.get(language), generated);
  const isJudged = generated === undefined || !isCode(language);
  const found = [...(isJudged ? own.findings : []), ...analyzers.findSecrets(file)];
  const facts = {
    ...own,
    findings: found.length === 0 ? found : weighFindings(withUniqueFingerprints(found), file),
  };
  if (isJudged) return { kind: "facts", facts };
  return { kind: "facts", facts: asGenerated(facts), note: generated };
}

function factsOf(
  file: SourceFile,
  analyzer: LanguageAnalyzer | undefined,
  generated: string | undefined,
): FileFacts {
  if (analyzer === undefined || generated === "minified") return plainFacts(file);
  const facts = analyzer.analyze(file);
  if (file.language !== "manifest") return facts;
  // Workflows and image recipes start scripts.
  const { references } = textReferences(file.path, file.text);
  return references === undefined ? facts : { ...facts, references };
}

/** Keeps what it imports, so that nothing it loads counts as unreached. */
function asGenerated(facts: FileFacts): FileFacts {
  const { duplicateTokens: _tokens, parseProblem: _problem, ...rest } = facts;
  return { ...rest, functions: [], traits: [...(facts.traits ?? []), "generated"] };
}

export function isCode(language: Language): boolean {
  return language === "typescript" || language === "javascript" || language === "python";
}

function plainFacts(file: SourceFile): FileFacts {
  return {
    path: file.path,
    language: file.language,
    lines: countLines(file.text),
    bytes: file.bytes,
    exports: [],
    functions: [],
    findings: [],
    ...textReferences(file.path, file.text),
  };
}

function countLines(text: string): number {
  if (text.length === 0) return 0;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < text.length - 1; at = text.indexOf("\n", at + 1))
    lines += 1;
  return lines;
}

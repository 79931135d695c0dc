import { examineFile, isCode } from "../examine-file.ts";
import type { FileFacts, LanguageAnalyzer } from "../file-facts.ts";
import { comparePaths, walk } from "../files/walk.ts";
import { type Analyzers, loadAnalyzers } from "../languages.ts";
import { ModuleGraph } from "../structure/module-graph.ts";
import { ProjectFiles } from "../structure/project-files.ts";
import { fileSymbols } from "./file-symbols.ts";
import { maxOutlineFiles, maxOutlineSymbols, type OutlineSymbol, type RepositoryOutline } from "./outline.ts";

const maxListedFiles = 200_000;
const limits = { maxFileBytes: 2 * 1_048_576 };

/**
 * Reads a folder for maps of it. Parses, so it is called in an analysis process only.
 *
 * @throws HostError `analysis.unreadableRoot` when the root cannot be listed.
 */
export async function makeOutline(root: string): Promise<RepositoryOutline> {
  const { files: paths, isIgnored } = walk(root, maxListedFiles);
  const symbols = new Map<string, readonly OutlineSymbol[]>();
  const analyzers = noting(await loadAnalyzers(paths), symbols);
  const all: FileFacts[] = [];
  for (const path of paths) {
    const examination = examineFile(root, path, { analyzers, limits });
    if (examination.kind === "facts") all.push(light(examination.facts));
  }
  const kept = mostTelling(all);
  const graph = new ModuleGraph(new ProjectFiles(root, new Set(all.map(({ path }) => path)), isIgnored));
  const places = new Map(kept.map(({ path }, index) => [path, index]));
  let room = maxOutlineSymbols;
  const files = kept.map((facts, index) => {
    const own = (symbols.get(facts.path) ?? []).slice(0, Math.max(0, room));
    room -= own.length;
    const { path, bytes, lines } = facts;
    return { path, bytes, lines, symbols: own, imports: importsOf(facts, { graph, places, index }) };
  });
  return { files, left: all.length - kept.length };
}

/** The same analyzers, without what a map does not need; what they find of definitions is noted. */
function noting(analyzers: Analyzers, symbols: Map<string, readonly OutlineSymbol[]>): Analyzers {
  const byLanguage = new Map(
    [...analyzers.byLanguage].map(([language, inner]): [typeof language, LanguageAnalyzer] => {
      const analyze: LanguageAnalyzer["analyze"] = (file) => {
        const facts = inner.analyze(file);
        if (isCode(file.language)) symbols.set(file.path, fileSymbols(facts, file.text.split("\n")));
        return facts;
      };
      return [language, { languages: inner.languages, analyze }];
    }),
  );
  return { ...analyzers, byLanguage, findSecrets: () => [] };
}

function light({ duplicateTokens: _tokens, ...facts }: FileFacts): FileFacts {
  return { ...facts, findings: [], functions: [] };
}

/** Where there are too many, code goes before other files. */
function mostTelling(all: readonly FileFacts[]): FileFacts[] {
  if (all.length <= maxOutlineFiles) return [...all];
  const code = all.filter(({ language }) => isCode(language));
  const rest = all.filter(({ language }) => !isCode(language));
  return [...code, ...rest].slice(0, maxOutlineFiles).sort((a, b) => comparePaths(a.path, b.path));
}

function importsOf(
  facts: FileFacts,
  { graph, places, index }: { graph: ModuleGraph; places: ReadonlyMap<string, number>; index: number },
): number[] {
  const found = new Set<number>();
  for (const { to } of graph.links(facts)) {
    const place = to.kind === "file" ? places.get(to.path) : undefined;
    if (place !== undefined && place !== index) found.add(place);
  }
  return [...found].sort((a, b) => a - b);
}

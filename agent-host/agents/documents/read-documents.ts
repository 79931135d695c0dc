import type { ResearchResult } from "../../protocol/analysis.ts";
import {
  commandFacts,
  licenceFact,
  packageFacts,
  packageManagerOf,
  purposeOf,
  pyprojectFacts,
  versionFileFact,
} from "./document-facts.ts";
import { type DocumentKind, findDocuments } from "./document-kinds.ts";
import { readOutline } from "./markdown-outline.ts";
import { type DocumentWorkspace, readText } from "./read-text.ts";

type Facts = ResearchResult["facts"];
type Documents = ResearchResult["documents"];

const maxDocuments = 2_000;

/**
 * What the workspace's own documents say: titles, headings, and facts with the line each stands on. Reads at most
 * 2,000 documents of at most 1 MiB, follows no links. `findings` is empty; they come from `checkDocuments`. Throws
 * only the signal's reason.
 */
export async function readDocuments(
  workspace: DocumentWorkspace,
  signal: AbortSignal,
): Promise<ResearchResult> {
  const documents: Documents = [];
  const facts: Facts = await manifestFacts(workspace, signal);
  for (const { path, kind } of findDocuments(workspace.paths, maxDocuments)) {
    const text = await readText(workspace.root, path, signal);
    if (text === undefined) continue;
    const outline = readOutline(text);
    documents.push({
      file: path,
      kind,
      title: (outline.title ?? path.slice(path.lastIndexOf("/") + 1)).slice(0, 200),
      headings: outline.headings.slice(0, 50).map((heading) => heading.text.slice(0, 200)),
      lines: outline.lines.length,
    });
    if (kind === "licence") facts.push(...present(licenceFact(path, text)));
    if (path.includes("/")) continue;
    if (kind === "readme") replacePurpose(facts, purposeOf(path, outline));
    if (kind === "readme" || kind === "contributing" || kind === "agents")
      facts.push(...commandFacts(path, outline));
  }
  return { summary: summaryOf(documents, facts), documents, facts, findings: [] };
}

async function manifestFacts(workspace: DocumentWorkspace, signal: AbortSignal): Promise<Facts> {
  const facts: Facts = [];
  const known = new Set(workspace.paths);
  for (const [file, read] of factReaders) {
    const text = known.has(file) ? await readText(workspace.root, file, signal) : undefined;
    if (text !== undefined) facts.push(...read(file, text, packageManagerOf(known)));
  }
  return facts;
}

const factReaders: readonly (readonly [string, (file: string, text: string, manager: string) => Facts])[] = [
  ["package.json", packageFacts],
  ["pyproject.toml", pyprojectFacts],
  [".nvmrc", (file, text) => present(versionFileFact(file, text))],
  [".node-version", (file, text) => present(versionFileFact(file, text))],
  [".python-version", (file, text) => present(versionFileFact(file, text))],
];

/** The README's own words go before the manifest's. */
function replacePurpose(facts: Facts, purpose: Facts[number] | undefined): void {
  if (purpose === undefined) return;
  const known = facts.findIndex((fact) => fact.statement.startsWith("Purpose: "));
  if (known !== -1) facts.splice(known, 1);
  facts.unshift(purpose);
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function summaryOf(documents: Documents, facts: Facts): string {
  if (documents.length === 0) return "The workspace has no documents.";
  const counts = new Map<DocumentKind, number>();
  for (const { kind } of documents) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const list = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const absent = (["readme", "contributing", "licence"] as const).filter((kind) => !counts.has(kind));
  const missing = absent.length === 0 ? "" : ` No ${absent.join(", no ")} was found.`;
  const purpose = facts.find((fact) => fact.statement.startsWith("Purpose: "))?.statement.slice(9);
  return `${purpose === undefined ? "" : `${purpose.replace(/[.!?]?$/, ".")} `}${documents.length} document${documents.length === 1 ? "" : "s"}: ${list}.${missing}`;
}

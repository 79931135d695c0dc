import { posix } from "node:path";
import type { Finding } from "../../protocol/finding.ts";
import { documentFinding, missingPathRule } from "./document-finding.ts";
import type { DocumentKind } from "./document-kinds.ts";
import type { Outline } from "./markdown-outline.ts";
import type { WorkspaceFiles } from "./workspace-files.ts";

const codeSpan = /`([^`\s]{5,200})`/g;
const sourcePath =
  /^(?:\.\/)?([\w@][\w@.-]*(?:\/[\w@.()[\]-]+)+\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|rb|php|cs|cpp|cc|c|h|hpp|swift|vue|svelte|css|scss|json|ya?ml|toml|sql|sh|md|html))(?::\d+)?$/;
// `PROVIDER_NAME.js`, `yourextractor.py`: the reader puts in a name.
const standIn = /(?:^|\/)(?:[A-Z]+_[A-Z_]+|(?:your|my)[-_]?\w+)\.\w+$/;
const maxPerDocument = 20;

/**
 * Paths in code spans that look like files of this workspace and are none. Only where the folder is still there:
 * otherwise the document most likely talks about the reader's project.
 */
export async function checkPaths(
  document: { readonly file: string; readonly kind: DocumentKind; readonly outline: Outline },
  files: WorkspaceFiles,
  signal: AbortSignal,
): Promise<Finding[]> {
  // Guides teach with invented files; changelogs tell of deleted ones.
  if (!/^(?:readme|architecture|contributing|agents|decision)$/.test(document.kind)) return [];
  const found = new Map<string, Finding>();
  for (const line of document.outline.lines) {
    if (line.fence !== undefined || speaksOfAbsence.test(line.text)) continue;
    for (const match of line.text.matchAll(codeSpan)) {
      const path = sourcePath.exec(match[1] ?? "")?.[1];
      if (path === undefined || standIn.test(path) || found.has(path)) continue;
      // As the text of a link it is the link's matter.
      if (line.text.slice(match.index + match[0].length).startsWith("](")) continue;
      if (found.size >= maxPerDocument) continue;
      const moved = await missing(document.file, path, files, signal);
      if (moved === undefined) continue;
      const problem = {
        file: document.file,
        line: line.number,
        column: match.index + 2,
        evidence: match[1] ?? "",
      };
      found.set(
        path,
        documentFinding(missingPathRule, { ...problem, message: `${path} does not exist`, ...moved }),
      );
    }
  }
  return [...found.values()];
}

const speaksOfAbsence =
  /\b(?:removed|deleted|renamed|moved|no longer|formerly|used to|deprecated|create|creates|generated?|add a|adds? an?|e\.g\.|for example|such as|like|your|new file|ignored?)\b/i;

async function missing(
  file: string,
  path: string,
  files: WorkspaceFiles,
  signal: AbortSignal,
): Promise<{ severity?: "warning"; remedy?: string } | undefined> {
  const folder = posix.dirname(path);
  const base = posix.dirname(file);
  const candidates = [path, posix.join(base, path)];
  if (
    candidates.some((candidate) => files.has(candidate)) ||
    files.named(posix.basename(path)).some((real) => real.endsWith(`/${path}`))
  ) {
    return undefined;
  }
  // `src/x.ts` may be anybody's; `src/server/x.ts` with a `src/server/` here is about this one.
  if (!folder.includes("/") || !(files.hasFolder(folder) || files.hasFolder(posix.join(base, folder))))
    return undefined;
  for (const candidate of candidates) {
    if (!candidate.startsWith("..") && (await files.exists(candidate, signal))) return undefined;
  }
  const same = files.named(posix.basename(path));
  return same.length === 1 ? { severity: "warning", remedy: `A file of that name is now ${same[0]}.` } : {};
}

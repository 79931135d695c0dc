import { createHash } from "node:crypto";
import type { Finding } from "../../protocol/finding.ts";
import { checkCommands } from "./check-commands.ts";
import { checkLicence } from "./check-licence.ts";
import { checkLinks } from "./check-links.ts";
import { checkPaths } from "./check-paths.ts";
import { type DocumentKind, findDocuments } from "./document-kinds.ts";
import { type Outline, readOutline } from "./markdown-outline.ts";
import { type DocumentWorkspace, readText } from "./read-text.ts";
import { readCommands } from "./workspace-commands.ts";
import { WorkspaceFiles } from "./workspace-files.ts";

const maxDocuments = 2_000;
const maxFindings = 500;

/**
 * Where documents and the workspace have drifted apart: links, anchors, commands, paths, licence. Reads at most 2,000
 * documents of at most 1 MiB; writes nothing. Throws only the signal's reason.
 */
export async function checkDocuments(workspace: DocumentWorkspace, signal: AbortSignal): Promise<Finding[]> {
  const files = new WorkspaceFiles(workspace);
  const commands = await readCommands(workspace, signal);
  const documents = await readMarkdown(workspace, signal);
  const outlines = new Map(documents.map(({ file, outline }) => [file, outline]));
  const found = await checkLicence(workspace, signal);
  for (const document of documents) {
    const { file, kind, outline } = document;
    // What a changelog mentions was there once; that is its purpose.
    if (kind === "changelog") continue;
    found.push(...(await checkLinks(file, outline, { files, outlines }, signal)));
    if (kind !== "guide" && kind !== "decision") found.push(...checkCommands(file, outline, commands));
    found.push(...(await checkPaths(document, files, signal)));
    if (found.length >= maxFindings) break;
  }
  return tellApart(found.slice(0, maxFindings));
}

/** The same broken link may stand twice in a document; the second gets a fingerprint of its own. */
function tellApart(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, number>();
  return findings.map((found) => {
    const count = seen.get(found.fingerprint) ?? 0;
    seen.set(found.fingerprint, count + 1);
    if (count === 0) return found;
    const digest = createHash("sha256").update(`${found.fingerprint}\0${count}`).digest("hex");
    return { ...found, fingerprint: digest.slice(0, 32) };
  });
}

async function readMarkdown(
  workspace: DocumentWorkspace,
  signal: AbortSignal,
): Promise<{ file: string; kind: DocumentKind; outline: Outline }[]> {
  const documents: { file: string; kind: DocumentKind; outline: Outline }[] = [];
  for (const { path, kind } of findDocuments(workspace.paths, maxDocuments)) {
    if (!/\.(?:md|markdown)$/i.test(path)) continue;
    const text = await readText(workspace.root, path, signal);
    if (text !== undefined) documents.push({ file: path, kind, outline: readOutline(text) });
  }
  return documents;
}

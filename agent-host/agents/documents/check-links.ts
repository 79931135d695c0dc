import { posix } from "node:path";
import type { Finding } from "../../protocol/finding.ts";
import { anchorsOf } from "./anchors.ts";
import { brokenAnchorRule, brokenLinkRule, documentFinding } from "./document-finding.ts";
import { type DocumentLink, linksIn } from "./document-links.ts";
import type { Outline } from "./markdown-outline.ts";
import type { WorkspaceFiles } from "./workspace-files.ts";

export interface LinkCheck {
  readonly files: WorkspaceFiles;
  /** Outlines of all documents read so far, for anchors. */
  readonly outlines: ReadonlyMap<string, Outline>;
}

const maxPerDocument = 50;

/** Relative links to files and headings that are not there. */
export async function checkLinks(
  file: string,
  outline: Outline,
  check: LinkCheck,
  signal: AbortSignal,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const line of outline.lines) {
    for (const link of linksIn(line)) {
      const problem = await problemOf(file, link, check, signal);
      if (problem !== undefined) found.push(problem);
      if (found.length >= maxPerDocument) return found;
    }
  }
  return found;
}

// Addresses, templates, stand-ins, routes of a site: not paths of this workspace.
const elsewhere =
  /^(?:[a-z][a-z0-9+.-]*:|\/\/|\/|@|~)|[{}$<>*|]|^[^/]*@[^/]*\.[a-z]{2,}$|%7B|^(?:url|link|href|path|address|todo|tbd|x{3,}|example|here)$/i;

async function problemOf(
  file: string,
  link: DocumentLink,
  check: LinkCheck,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  if (elsewhere.test(link.target)) return undefined;
  const [address = "", anchor] = link.target.split("#", 2);
  const path = targetPath(file, address);
  if (path === undefined || !mayBeFile(file, path, check.files)) return undefined;
  const place = { file, line: link.line, column: link.column, evidence: link.target };
  if (address === "" || check.outlines.has(path)) return anchorProblem(path, anchor, { place, check });
  if (await isThere(file, path, check, signal)) return undefined;
  const real = check.files.inOtherCase(path);
  if (real !== undefined) {
    const message = `${link.target} differs from ${real} in case; most servers and Linux won't find it`;
    return documentFinding(brokenLinkRule, { ...place, message, remedy: `Write ${real}.` });
  }
  return documentFinding(brokenLinkRule, {
    ...place,
    message: `${link.target} leads to nothing`,
    ...movedTo(path, check.files),
  });
}

const fileExtension =
  /\.(?:mdx?|markdown|rst|adoc|png|jpe?g|gif|svg|webp|avif|ico|mp4|webm|pdf|[cm]?[jt]sx?|vue|svelte|py|ipynb|go|rs|java|kt|rb|php|cs|cpp|cc|c|hpp|h|sh|bash|ps1|bat|sql|css|scss|json5?|jsonc|ya?ml|toml|ini|cfg|conf|xml|csv|proto|graphql|tf|lock|gradle|html?|txt|zip|gz)$/i;

/**
 * Whether a target can mean a file at all. `wagtail.models.Page` is a cross reference of a site generator; what a
 * site makes while building (`.html`, `.txt`, pages as Markdown) is in no repository.
 */
function mayBeFile(file: string, path: string, files: WorkspaceFiles): boolean {
  const name = posix.basename(path);
  if (name.slice(1).includes(".") && !fileExtension.test(name)) return false;
  return !(files.hasDocumentSite && file.includes("/") && /\.(?:html?|html\.md|txt)$/.test(name));
}

/** Undefined for what can't be a file here: outside the root (as GitHub's `../../issues`), undecodable. */
function targetPath(file: string, address: string): string | undefined {
  if (address === "") return file;
  let decoded = address.split("?")[0] ?? "";
  try {
    decoded = decodeURIComponent(decoded);
  } catch {
    // A lone % is part of the name.
  }
  const path = posix.normalize(posix.join(posix.dirname(file), decoded));
  return path.startsWith("..") || path.includes("\0") ? undefined : path;
}

/** Sites serve `guide.md` as `guide`, `guide/` or `guide.html`. */
async function isThere(
  file: string,
  path: string,
  { files }: LinkCheck,
  signal: AbortSignal,
): Promise<boolean> {
  const bare = path.replace(/\/$/, "").replace(/\.html?$/, "");
  const variants = [
    path,
    ...["md", "mdx", "rst", "adoc"].flatMap((extension) => [
      `${bare}.${extension}`,
      `${bare}/index.${extension}`,
      `${bare}/README.${extension}`,
    ]),
  ];
  if (variants.some((variant) => files.has(variant))) return true;
  // In a site a page is a folder, so its relative links count from one level deeper; and routes have no extension.
  if (
    files.hasDocumentSite &&
    !/^[^/]+$/.test(file) &&
    (/\/[^/.]*$/.test(`/${path}`) || path.endsWith(".html"))
  )
    return true;
  return files.exists(path, signal);
}

function movedTo(path: string, files: WorkspaceFiles): { remedy?: string } {
  const same = files.named(posix.basename(path));
  return same.length === 1 ? { remedy: `A file of that name is now ${same[0]}.` } : {};
}

function anchorProblem(
  path: string,
  anchor: string | undefined,
  {
    place,
    check,
  }: { place: { file: string; line: number; column: number; evidence: string }; check: LinkCheck },
): Finding | undefined {
  const outline = check.outlines.get(path);
  if (anchor === undefined || anchor === "" || outline === undefined || !/\.(?:md|markdown)$/i.test(path))
    return undefined;
  // Line links, text fragments, tabs of a site.
  if (/^L\d+|^:~:|=|^!/.test(anchor) || (check.files.hasDocumentSite && path.includes("/"))) return undefined;
  const anchors = anchorsOf(outline);
  const wanted = safeDecode(anchor).toLowerCase();
  // A repository's front page has its README under this name.
  if (wanted === "readme") return undefined;
  if (anchors.has(wanted) || anchors.has(`user-content-${wanted}`)) return undefined;
  return documentFinding(brokenAnchorRule, { ...place, message: `${path} has no heading for #${anchor}` });
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // As written, then.
    return text;
  }
}

import type { ManifestFile } from "./manifest-file.ts";
import { plainIndexRule, requirementsRule, unpinnedSourceRule } from "./manifest-rules.ts";

interface RequirementLine {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** pip's requirements: one finding for all that have no fixed version, one for each unpinned repository. */
export function checkRequirements(file: ManifestFile): undefined {
  const lines = logicalLines(file.text);
  // A constraints file fixes the versions elsewhere; a constraints file itself only sets bounds.
  const constrained =
    lines.some((line) => /^(?:-c|--constraint)\b/.test(line.text)) || /constraints?[^/]*$/.test(file.path);
  const loose: (RequirementLine & { name: string; bare: boolean })[] = [];
  let total = 0;
  for (const line of lines) {
    checkOptions(file, line);
    checkRepository(file, line);
    const match = /^([A-Za-z0-9][\w.-]*)(?![\w.+:/-])\s*(?:\[[^\]]*\])?\s*([^;@]*)(@?)/.exec(line.text);
    if (match === null || match[3] === "@" || /^[.\w-]*[/\\]|\.(?:whl|zip|tar\.gz)$/.test(line.text))
      continue;
    total += 1;
    const [, name = "", versions = ""] = match;
    if (/===?|~=|</.test(versions) || /--hash/.test(line.text)) continue;
    loose.push({ ...line, name, bare: versions.trim() === "" });
  }
  if (!constrained) reportLoose(file, loose, total);
}

function reportLoose(
  file: ManifestFile,
  loose: readonly (RequirementLine & { name: string; bare: boolean })[],
  total: number,
): void {
  const [first] = loose;
  if (first === undefined || file.isAside) return;
  const names = loose.map((line) => line.name);
  const shown = names.slice(0, 5).join(", ");
  file.report(requirementsRule, {
    from: first.from,
    to: first.to,
    message: `${loose.length} of ${total} requirements have no fixed version and no upper limit: ${shown}${names.length > 5 ? ", …" : ""}`,
    severity: !asideName.test(file.path) && loose.some((line) => line.bare) ? "warning" : "info",
    identity: "loose requirements",
    related: loose.slice(1, 20).map((line) => ({ from: line.from, to: line.to })),
  });
}

const asideName = /(?:dev|test|doc|lint|ci|optional)[^/]*$|\.in$/;

function checkRepository(file: ManifestFile, line: RequirementLine): void {
  const address = /(?:git|hg|svn|bzr)\+[a-z+]{1,12}:\/\/\S{1,500}/.exec(line.text)?.[0];
  if (address === undefined) return;
  const revision = /@([^@/#]+)(?:#|$)/.exec(address.replace(/\/\/[^/@]*@/, "//"))?.[1];
  if (revision !== undefined && /^[0-9a-f]{7,40}$/.test(revision)) return;
  const tag = revision !== undefined && /^v?\d+(?:\.\d+)+/.test(revision);
  const what =
    revision === undefined ? "a repository's default branch" : `the ${tag ? "tag" : "branch"} ${revision}`;
  file.report(unpinnedSourceRule, {
    from: line.from,
    to: line.to,
    message: `Requirement follows ${what.slice(0, 100)}`,
    severity: tag || asideName.test(file.path) ? "info" : "warning",
  });
}

function checkOptions(file: ManifestFile, line: RequirementLine): void {
  if (
    /^--trusted-host\b/.test(line.text) ||
    /^(?:-i|--(?:extra-)?index-url|-f|--find-links)[\s=]+http:\/\//.test(line.text)
  ) {
    if (/localhost|127\.0\.0\.1/.test(line.text)) return;
    file.report(plainIndexRule, {
      from: line.from,
      to: line.to,
      message: "Packages are fetched without verified TLS",
    });
  }
}

/** Lines without comments, with those continued by a backslash joined. */
function logicalLines(text: string): RequirementLine[] {
  const lines: RequirementLine[] = [];
  let open: RequirementLine | undefined;
  let at = 0;
  for (const raw of text.split("\n")) {
    const content = raw.replace(/(?:^|\s)#.*$/, "").trim();
    const continued = content.endsWith("\\");
    const body = continued ? content.slice(0, -1).trim() : content;
    const indent = raw.length - raw.trimStart().length;
    const to = at + indent + Math.max(body.length, 0);
    open =
      open === undefined ? { text: body, from: at + indent, to } : { ...open, text: `${open.text} ${body}` };
    if (!continued) {
      if (open.text !== "") lines.push(open);
      open = undefined;
    }
    at += raw.length + 1;
  }
  if (open !== undefined) lines.push(open);
  return lines;
}

import type { ResearchResult } from "../../protocol/analysis.ts";

export type DocumentKind = ResearchResult["documents"][number]["kind"];

const prose = "(?:md|mdx|markdown|rst|adoc|txt)";
const kinds: readonly { kind: DocumentKind; path: RegExp }[] = [
  {
    kind: "agents",
    path: /(?:^|\/)(?:AGENTS|CLAUDE|GEMINI)\.md$|(?:^|\/)\.github\/copilot-instructions\.md$|^\.cursorrules$/,
  },
  { kind: "licence", path: /^(?:licen[cs]e|copying|unlicense)(?:[-.][\w.-]+)?$/i },
  {
    kind: "decision",
    path: new RegExp(
      `(?:^|/)(?:adrs?|decisions|architecture-decisions|decision-records|rfcs)/(?:.*/)?[^/]+\\.${prose}$`,
      "i",
    ),
  },
  { kind: "readme", path: new RegExp(`(?:^|/)readme(?:\\.${prose})?$`, "i") },
  {
    kind: "contributing",
    path: new RegExp(`(?:^|/)(?:contributing|development|developing|hacking)(?:\\.${prose})?$`, "i"),
  },
  {
    kind: "changelog",
    path: new RegExp(
      `(?:^|/)(?:changelog|changes|history|news|releases?|release-?notes)(?:\\.${prose})?$`,
      "i",
    ),
  },
  {
    kind: "architecture",
    path: new RegExp(`^(?:docs?/(?:[^/]+/)?)?(?:architecture|design)(?:[-_][\\w-]+)?\\.${prose}$`, "i"),
  },
  {
    kind: "guide",
    path: new RegExp(
      `^(?:docs?|documentation|guides?|website/docs)/(?:.*/)?[^/]+\\.${prose}$|^[^/]+\\.(?:md|mdx|rst|adoc)$`,
      "i",
    ),
  },
];

// Text in these folders is about something else than this workspace, or is input of a test.
const foreign =
  /(?:^|\/)(?:node_modules|vendor|third_party|dist|build|out|tests?|__tests__|specs?|fixtures?|__fixtures__|testdata|snapshots?|templates?|_template|examples?|samples?|\.changeset|ISSUE_TEMPLATE|_static|versioned_docs|i18n)\/|(?:^|\/)requirements[\w-]*\.txt$|(?:^|\/)(?:robots|llms(?:-full)?)\.txt$/i;

/** What kind of document a path is; undefined for everything that is none. */
export function documentKindOf(path: string): DocumentKind | undefined {
  if (foreign.test(path)) return undefined;
  return kinds.find((kind) => kind.path.test(path))?.kind;
}

/** The documents among `paths`, those near the root first, at most `limit`. */
export function findDocuments(
  paths: readonly string[],
  limit: number,
): { path: string; kind: DocumentKind }[] {
  return paths
    .flatMap((path) => {
      const kind = documentKindOf(path);
      return kind === undefined ? [] : [{ path, kind, depth: path.split("/").length }];
    })
    .sort((a, b) => a.depth - b.depth || (a.path < b.path ? -1 : 1))
    .slice(0, limit)
    .map(({ path, kind }) => ({ path, kind }));
}

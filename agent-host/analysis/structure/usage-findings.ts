import type { Finding } from "../../protocol/finding.ts";
import type { ExportFact, FileFacts } from "../file-facts.ts";
import { roleOf } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { unreachedFile, unusedExport } from "../rules/structure-rules.ts";
import { type EntryPoints, findEntryPoints } from "./entry-points.ts";
import type { ModuleGraph } from "./module-graph.ts";

export interface UsageFindings {
  readonly findings: readonly Finding[];
  /** Packages in which so much seemed unreached that an entry point must be missing; nothing is reported there. */
  readonly doubtfulPackages: readonly string[];
}

const everything = "*";
// Above this share of a package's files, it is our list of entry points that is wrong, not the code.
const plausibleShare = 0.3;
const minForShare = 10;
/** More unused exports of one file are told as one finding. */
const maxApart = 3;
// Component kits are copied into the project whole (shadcn/ui); what is not used yet is not dead.
const kitFolder = /(?:^|\/)components\/ui\//;

/** Files nothing leads to, and exports nobody takes. Says nothing where the entry points are not known. */
export function findUnused(facts: readonly FileFacts[], graph: ModuleGraph): UsageFindings {
  const scripts = facts.filter((item) => item.language === "typescript" || item.language === "javascript");
  const byPath = new Map(facts.map((item) => [item.path, item]));
  const entries = findEntryPoints(facts, graph);
  const reached = reach(entries, byPath, graph);
  const unreached = unreachedByPackage(scripts, { entries, reached, graph });
  const doubtful = [...unreached].filter(
    ([, { files, total }]) => files.length > Math.max(minForShare, total * plausibleShare),
  );
  const doubtfulFolders = new Set(doubtful.map(([folder]) => folder));
  const findings = [...unreached]
    .filter(([folder]) => !doubtfulFolders.has(folder))
    .flatMap(([folder, { files }]) =>
      files.map((item) => describeFile(item, entries.openPackages.has(folder))),
    );
  const uses = usedNames(facts, { entries, byPath, graph });
  for (const item of scripts) {
    const folder = graph.packages.around(item.path)?.folder;
    if (folder === undefined || doubtfulFolders.has(folder) || entries.openPackages.has(folder)) continue;
    if (!entries.knownPackages.has(folder) || entries.files.has(item.path) || !reached.has(item.path))
      continue;
    if (!kitFolder.test(item.path)) findings.push(...unusedExports(item, uses.get(item.path)));
  }
  return { findings, doubtfulPackages: [...doubtfulFolders] };
}

function reach(
  entries: EntryPoints,
  byPath: ReadonlyMap<string, FileFacts>,
  graph: ModuleGraph,
): ReadonlySet<string> {
  const reached = new Set(entries.files);
  for (const path of byPath.keys()) for (const file of describedBy(path, byPath)) reached.add(file);
  const queue = [...reached];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const item = byPath.get(path);
    if (item === undefined) continue;
    for (const { to } of graph.links(item)) {
      if (to.kind !== "file" || reached.has(to.path)) continue;
      reached.add(to.path);
      queue.push(to.path);
    }
  }
  return reached;
}

/** The script beside a declaration file: compilers read the one, programs load the other. */
function describedBy(path: string, byPath: ReadonlyMap<string, FileFacts>): string[] {
  const stem = /^(.*)\.d\.[mc]?ts$/.exec(path)?.[1];
  if (stem === undefined) return [];
  return [`${stem}.js`, `${stem}.mjs`, `${stem}.cjs`, `${stem}.jsx`].filter((file) => byPath.has(file));
}

interface PackageShare {
  readonly files: FileFacts[];
  total: number;
}

function unreachedByPackage(
  scripts: readonly FileFacts[],
  context: { entries: EntryPoints; reached: ReadonlySet<string>; graph: ModuleGraph },
): Map<string, PackageShare> {
  const shares = new Map<string, PackageShare>();
  for (const item of scripts) {
    const folder = context.graph.packages.around(item.path)?.folder;
    if (folder === undefined || !context.entries.knownPackages.has(folder)) continue;
    if (roleOf(item.path) !== "source") continue;
    const share = shares.get(folder) ?? { files: [], total: 0 };
    shares.set(folder, share);
    share.total += 1;
    // An empty file or one of comments only is not worth a word.
    const isKit = kitFolder.test(item.path);
    if (!context.reached.has(item.path) && item.lines > 3 && !isKit) share.files.push(item);
  }
  return shares;
}

/** For each file the names others take from it, through any number of barrels. */
function usedNames(
  facts: readonly FileFacts[],
  {
    entries,
    byPath,
    graph,
  }: { entries: EntryPoints; byPath: ReadonlyMap<string, FileFacts>; graph: ModuleGraph },
): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  const pending: { path: string; name: string }[] = [];
  const use = (path: string, name: string): void => {
    const names = uses.get(path) ?? new Set();
    uses.set(path, names);
    if (names.has(name)) return;
    names.add(name);
    pending.push({ path, name });
  };
  for (const item of facts) {
    for (const { fact, to } of graph.links(item)) {
      if (to.kind !== "file" || fact.reExport) continue;
      for (const name of fact.names) use(to.path, name);
    }
  }
  for (const path of entries.files) use(path, everything);
  for (const path of byPath.keys()) for (const file of describedBy(path, byPath)) use(file, everything);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const item = byPath.get(next.path);
    if (item === undefined) continue;
    for (const { fact, to } of graph.links(item)) {
      if (to.kind !== "file" || !fact.reExport) continue;
      fact.names.forEach((name, index) => {
        const leavesAs = fact.exportedAs?.[index] ?? name;
        if (leavesAs === everything) use(to.path, next.name);
        else if (leavesAs === next.name || next.name === everything) use(to.path, name);
      });
    }
  }
  return uses;
}

function unusedExports(item: FileFacts, used: ReadonlySet<string> | undefined): Finding[] {
  if (used?.has(everything) === true) return [];
  const unused = item.exports
    .filter(({ name }) => used?.has(name) !== true && used?.has("export=") !== true && name !== "export=")
    .filter((fact) => !isHarmless(fact));
  const [first] = unused;
  if (first === undefined) return [];
  return unused.length <= maxApart
    ? unused.map((fact) => describeExport(item, [fact]))
    : [describeExport(item, unused)];
}

function describeExport(item: FileFacts, unused: readonly ExportFact[]): Finding {
  const [first, ...others] = unused as [ExportFact, ...ExportFact[]];
  const names = unused.map(({ name }) => name);
  const isDead = unused.some(({ usedLocally, hoisted }) => !usedLocally && hoisted === true);
  const message =
    others.length > 0
      ? `${names.length} exports are imported by nothing: ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`
      : `${first.name} is exported but ${first.usedLocally ? "only this file uses it" : "nothing uses it"}`;
  return finding(unusedExport, {
    file: item.path,
    range: first.range,
    message,
    evidence: `export of ${names.slice(0, 20).join(", ")}, no import found`,
    severity: isDead ? "warning" : "info",
    remedy: unused.every(({ usedLocally }) => usedLocally) ? "Drop the export keyword." : unusedExport.remedy,
    related: others.map(({ name, range }) => ({ file: item.path, range, note: name })),
    identity: names.join(" "),
  });
}

/** A type next to the function that takes it is exported for its callers. */
function isHarmless(fact: ExportFact): boolean {
  return fact.usedLocally && fact.kind === "type";
}

function describeFile(item: FileFacts, isOpen: boolean): Finding {
  return finding(unreachedFile, {
    file: item.path,
    range: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
    message: isOpen
      ? "Nothing in the workspace imports this file; package.json lets code outside import it by its path"
      : "Nothing leads to this file: no import, entry point, script or configuration",
    evidence: `${item.lines} lines, ${item.exports.length} exports, imported by 0 files that run`,
    severity: isOpen ? "info" : "warning",
    identity: "unreached",
  });
}

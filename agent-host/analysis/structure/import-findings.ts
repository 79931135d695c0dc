import type { Finding, Severity } from "../../protocol/finding.ts";
import type { FileFacts, ImportFact } from "../file-facts.ts";
import { type FileRole, isTestFile, roleOf } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { unresolvedImport } from "../rules/structure-rules.ts";
import type { ModuleGraph } from "./module-graph.ts";
import { UndeclaredPackages } from "./undeclared-packages.ts";

// There, broken and borrowed imports are often the point.
const lenientRoles: ReadonlySet<FileRole> = new Set(["fixture", "example", "docs"]);

/** Imports of files that do not exist, and of packages that no manifest declares. */
export function findImportProblems(facts: readonly FileFacts[], graph: ModuleGraph): Finding[] {
  const aliases = configuredNames(facts);
  const findings: Finding[] = [];
  const undeclared = new UndeclaredPackages(graph.packages);
  for (const item of facts) {
    if (item.language === "python" || item.imports.length === 0) continue;
    const role = roleOf(item.path);
    if (lenientRoles.has(role) || isTestInput(item, role)) continue;
    const reported = new Set<string>();
    for (const { fact, to } of graph.links(item)) {
      if (fact.optional || reported.has(fact.specifier)) continue;
      if (to.kind === "missing") findings.push(describeMissing(item, fact, role));
      else if (to.kind === "package" && !isDeclared(item, to.name, { graph, aliases }))
        undeclared.note(to.name, { file: item.path, fact, role });
      else continue;
      reported.add(fact.specifier);
    }
  }
  return [...findings, ...undeclared.findings()];
}

/** Below a folder of tests, what is no test and does not even parse is what a test reads. */
function isTestInput(item: FileFacts, role: FileRole): boolean {
  return role === "test" && !isTestFile(item.path) && item.parseProblem !== undefined;
}

function describeMissing(item: FileFacts, fact: ImportFact, role: FileRole): Finding {
  return finding(unresolvedImport, {
    file: item.path,
    range: fact.range,
    message: `${fact.specifier} leads to no file`,
    evidence: `import of "${fact.specifier}" from ${item.path}`,
    severity: severityOfMissing(fact, { role, isTest: isTestFile(item.path) }),
  });
}

/** A missing type is erased, a missing module stops the program; in a test's input it may be the point. */
function severityOfMissing(
  fact: ImportFact,
  { role, isTest }: { role: FileRole; isTest: boolean },
): Severity {
  if (role === "source") return fact.deferred || fact.typeOnly ? "warning" : "error";
  return fact.typeOnly || (role === "test" && !isTest) ? "info" : "warning";
}

interface Context {
  readonly graph: ModuleGraph;
  readonly aliases: ReadonlySet<string>;
}

function isDeclared(item: FileFacts, name: string, { graph, aliases }: Context): boolean {
  const { packages } = graph;
  if (packages.around(item.path) === undefined) return true;
  if (packages.declares(item.path, name)) return true;
  if (aliases.has(name) || aliases.has(`${name}/*`) || aliases.has(`^${name}$`)) return true;
  return providedByHost.has(name) || [...aliases].some((alias) => alias.startsWith(`^${name}/`));
}

// Given by the program that loads the code, never installed.
const providedByHost: ReadonlySet<string> = new Set([
  "vscode",
  "electron",
  "bun",
  "k6",
  "aws-lambda",
  "estree",
  "geojson",
]);

/** Every string of the configuration files: bundlers and test runners define aliases there. */
function configuredNames(facts: readonly FileFacts[]): Set<string> {
  const names = new Set<string>();
  for (const item of facts) for (const text of item.configStrings ?? []) names.add(text);
  return names;
}

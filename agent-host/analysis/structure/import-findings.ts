import type { Finding, Severity } from "../../protocol/finding.ts";
import type { FileFacts, ImportFact } from "../file-facts.ts";
import { type FileRole, roleOf } from "../files/classify.ts";
import { finding } from "../rules/rule.ts";
import { undeclaredDependency, unresolvedImport } from "../rules/structure-rules.ts";
import type { Link, ModuleGraph } from "./module-graph.ts";

// There, broken and borrowed imports are often the point.
const lenientRoles: ReadonlySet<FileRole> = new Set(["fixture", "example", "docs"]);

/** Imports of files that do not exist, and of packages that no manifest declares. */
export function findImportProblems(facts: readonly FileFacts[], graph: ModuleGraph): Finding[] {
  const aliases = configuredNames(facts);
  const findings: Finding[] = [];
  for (const item of facts) {
    if (item.language === "python" || item.imports.length === 0) continue;
    const role = roleOf(item.path);
    if (lenientRoles.has(role)) continue;
    const reported = new Set<string>();
    for (const link of graph.links(item)) {
      const found = problemOf(item, link, { graph, aliases, role });
      if (found === undefined || reported.has(link.fact.specifier)) continue;
      reported.add(link.fact.specifier);
      findings.push(found);
    }
  }
  return findings;
}

interface Context {
  readonly graph: ModuleGraph;
  readonly aliases: ReadonlySet<string>;
  readonly role: FileRole;
}

function problemOf(item: FileFacts, { fact, to }: Link, context: Context): Finding | undefined {
  if (fact.optional) return undefined;
  if (to.kind === "missing") {
    return finding(unresolvedImport, {
      file: item.path,
      range: fact.range,
      message: `${fact.specifier} leads to no file`,
      evidence: `import of "${fact.specifier}" from ${item.path}`,
      severity: severityOfMissing(fact, context.role),
    });
  }
  if (to.kind !== "package" || isDeclared(item, to.name, context)) return undefined;
  return finding(undeclaredDependency, {
    file: item.path,
    range: fact.range,
    message: `${to.name} is imported but declared in no package.json around this file`,
    evidence: `import of "${fact.specifier}"`,
    severity: fact.typeOnly || context.role !== "source" ? "info" : "warning",
    identity: to.name,
  });
}

/** A missing type is erased, a missing module stops the program. */
function severityOfMissing(fact: ImportFact, role: FileRole): Severity {
  if (role === "source") return fact.deferred || fact.typeOnly ? "warning" : "error";
  return fact.typeOnly ? "info" : "warning";
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

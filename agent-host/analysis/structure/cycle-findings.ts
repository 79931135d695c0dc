import type { Finding, Place } from "../../protocol/finding.ts";
import type { FileFacts, ImportFact } from "../file-facts.ts";
import { roleOf } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { importCycle } from "../rules/structure-rules.ts";
import { cyclicComponents, shortestPath } from "./cycles.ts";
import { ExportOrigins } from "./export-origins.ts";
import { type ModuleGraph, takesOnlyTypes } from "./module-graph.ts";

const maxStartsTried = 200;

interface Edge {
  readonly fact: ImportFact;
  /** Names read while loading that come from a file of the same component and do not exist before it has run. */
  risky: readonly string[];
}

interface LoadGraph {
  readonly facts: readonly FileFacts[];
  readonly edges: readonly (readonly number[])[];
  /** By `from * size + to`: the import that makes the edge. */
  readonly edgeOf: ReadonlyMap<number, Edge>;
}

/** One finding per set of files that load each other in a circle, however many circles run through it. */
export function findCycles(facts: readonly FileFacts[], graph: ModuleGraph): Finding[] {
  const loads = loadGraph(facts, graph);
  const origins = new ExportOrigins(facts, graph);
  return cyclicComponents(loads.edges)
    .filter((members) => members.length > 1)
    .sort((a, b) => b.length - a.length)
    .map((members) => {
      markRisks(members, loads, origins);
      return describe(members, loads);
    })
    .filter((found) => found.severity !== "info" || isRisky(found))
    .sort((a, b) => Number(isRisky(b)) - Number(isRisky(a)));
}

function isRisky({ message }: Finding): boolean {
  return message.includes("while loading");
}

/** Only what happens while files load: type-only and deferred imports close no circle. */
function loadGraph(facts: readonly FileFacts[], graph: ModuleGraph): LoadGraph {
  const indexOf = new Map(facts.map((item, index) => [item.path, index]));
  const edgeOf = new Map<number, Edge>();
  const edges = facts.map((item, from) => {
    const targets: number[] = [];
    for (const { fact, to } of graph.links(item)) {
      if (fact.typeOnly || fact.deferred || to.kind !== "file") continue;
      const target = indexOf.get(to.path);
      const targetFacts = target === undefined ? undefined : facts[target];
      if (target === undefined || target === from || targetFacts === undefined) continue;
      if (takesOnlyTypes(fact, targetFacts)) continue;
      const key = from * facts.length + target;
      const known = edgeOf.get(key);
      if (known === undefined) targets.push(target);
      if (known?.fact.usedAtLoad === undefined) edgeOf.set(key, { fact, risky: [] });
    }
    return targets;
  });
  return { facts, edges, edgeOf };
}

function describe(members: readonly number[], loads: LoadGraph): Finding {
  const cycle = representative(members, loads);
  const steps = cycle.map((from, index) => {
    const to = cycle[(index + 1) % cycle.length] ?? from;
    return { file: pathOf(loads, from), to: pathOf(loads, to), edge: edgeBetween(loads, from, to) };
  });
  const first = steps[0];
  const risky = steps.find((step) => (step.edge?.risky.length ?? 0) > 0);
  const route = [...steps.map((step) => step.file), first?.file ?? ""].join(" → ");
  const more = members.length > cycle.length ? `; ${members.length} files are entangled in all` : "";
  const danger =
    risky === undefined
      ? ""
      : `, and ${risky.file} uses ${risky.edge?.risky.slice(0, 3).join(", ")} from ${risky.to} while loading`;
  const files = members.map((member) => pathOf(loads, member));
  const related: Place[] = steps.slice(1).map((step) => ({
    file: step.file,
    range: step.edge?.fact.range ?? startOfFile,
    note: `imports ${step.to}`,
  }));
  const isTestOnly = files.every((file) => roleOf(file) !== "source");
  return finding(importCycle, {
    file: first?.file ?? "",
    range: first?.edge?.fact.range ?? startOfFile,
    message: `${cycle.length} files load each other in a circle${danger}${more}`,
    evidence: route,
    severity: isTestOnly ? "info" : "warning",
    related,
    identity: files.slice(0, 50).join("\n"),
  });
}

function markRisks(members: readonly number[], loads: LoadGraph, origins: ExportOrigins): void {
  const files = new Set(members.map((member) => pathOf(loads, member)));
  for (const from of members) {
    for (const to of loads.edges[from] ?? []) {
      const edge = edgeBetween(loads, from, to);
      if (edge?.fact.usedAtLoad === undefined || !files.has(pathOf(loads, to))) continue;
      edge.risky = edge.fact.usedAtLoad.filter((name) => {
        const origin = origins.find(pathOf(loads, to), name);
        return origin !== undefined && files.has(origin.path) && origin.fact.hoisted !== true;
      });
    }
  }
}

/** A shortest circle, through an import that is used while loading when there is one. */
function representative(members: readonly number[], loads: LoadGraph): number[] {
  const inside = new Set(members);
  let best: number[] | undefined;
  let bestIsRisky = false;
  for (const from of members.slice(0, maxStartsTried)) {
    for (const to of loads.edges[from] ?? []) {
      if (!inside.has(to)) continue;
      const risky = (edgeBetween(loads, from, to)?.risky.length ?? 0) > 0;
      if (bestIsRisky && !risky) continue;
      const back = shortestPath(loads.edges, to, from, inside);
      if (back === undefined) continue;
      const cycle = [from, ...back.slice(0, -1)];
      if (best === undefined || (risky && !bestIsRisky) || cycle.length < best.length) {
        best = cycle;
        bestIsRisky = risky;
      }
      if (best.length === 2 && bestIsRisky) return best;
    }
  }
  return best ?? [...members];
}

function edgeBetween(loads: LoadGraph, from: number, to: number): Edge | undefined {
  return loads.edgeOf.get(from * loads.facts.length + to);
}

function pathOf(loads: LoadGraph, index: number): string {
  return loads.facts[index]?.path ?? "";
}

const startOfFile = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };

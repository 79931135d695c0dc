import type { ExportFact, FileFacts } from "../file-facts.ts";
import type { ModuleGraph } from "./module-graph.ts";

const maxDepth = 12;

/** Finds the file that really declares an exported name, through barrels. */
export class ExportOrigins {
  private readonly byPath: ReadonlyMap<string, FileFacts>;
  private readonly graph: ModuleGraph;

  constructor(facts: readonly FileFacts[], graph: ModuleGraph) {
    this.byPath = new Map(facts.map((item) => [item.path, item]));
    this.graph = graph;
  }

  find(path: string, name: string, depth = 0): { path: string; fact: ExportFact } | undefined {
    const item = this.byPath.get(path);
    if (item === undefined || depth > maxDepth) return undefined;
    const own = item.exports.find((fact) => fact.name === name);
    if (own !== undefined) return { path, fact: own };
    for (const { fact, to } of this.graph.links(item)) {
      if (!fact.reExport || to.kind !== "file") continue;
      const index = fact.exportedAs?.findIndex((exported) => exported === name || exported === "*") ?? -1;
      if (index === -1) continue;
      const source = fact.exportedAs?.[index] === "*" ? name : (fact.names[index] ?? name);
      const found = this.find(to.path, source, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

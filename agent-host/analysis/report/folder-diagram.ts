import type { FolderEdge } from "../../protocol/analysis.ts";
import { mermaidLabel } from "./escape.ts";
import { groupBy } from "./report-input.ts";

const maxEdges = 40;

/** A Mermaid flow chart of the imports between folders; edges that are part of a cycle are thick and red. */
export function folderDiagram(edges: readonly FolderEdge[]): string | undefined {
  if (edges.length === 0) return undefined;
  const cyclic = cyclicEdges(edges);
  const shown = [...edges]
    .sort((a, b) => Number(cyclic.has(b)) - Number(cyclic.has(a)) || b.weight - a.weight)
    .slice(0, maxEdges);
  const ids = new Map<string, string>();
  for (const { from, to } of shown) {
    for (const folder of [from, to]) if (!ids.has(folder)) ids.set(folder, `f${ids.size}`);
  }
  const nodes = [...ids].map(([folder, id]) => `  ${id}["${mermaidLabel(folder === "" ? "." : folder)}"]`);
  const arrows = shown.map((edge) => {
    const arrow = cyclic.has(edge) ? "==>" : "-->";
    return `  ${ids.get(edge.from)} ${arrow}|${edge.weight}| ${ids.get(edge.to)}`;
  });
  const red = shown.flatMap((edge, index) => (cyclic.has(edge) ? [index] : []));
  const style = red.length === 0 ? [] : [`  linkStyle ${red.join(",")} stroke:#d1242f,color:#d1242f`];
  return ["```mermaid", "flowchart LR", ...nodes, ...arrows, ...style, "```"].join("\n");
}

/** The edges whose target leads back to their source. */
function cyclicEdges(edges: readonly FolderEdge[]): Set<FolderEdge> {
  const next = groupBy(edges, (edge) => edge.from);
  const reach = new Map<string, Set<string>>();
  for (const start of next.keys()) {
    const seen = new Set<string>();
    const open = [start];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      for (const edge of next.get(folder) ?? []) {
        if (seen.has(edge.to)) continue;
        seen.add(edge.to);
        open.push(edge.to);
      }
    }
    reach.set(start, seen);
  }
  return new Set(edges.filter((edge) => edge.from !== edge.to && reach.get(edge.to)?.has(edge.from)));
}

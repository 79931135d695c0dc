import type { FolderEdge } from "../../protocol/analysis.ts";
import type { FileFacts } from "../file-facts.ts";
import { comparePaths } from "../files/walk.ts";
import type { ModuleGraph } from "../structure/module-graph.ts";
import { folderOf } from "../structure/paths.ts";

const maxEdges = 200;
const wantedFolders = 40;
const maxDepth = 6;

/** The imports between folders, drawn at the depth at which they still fit on a page. */
export function folderGraph(facts: readonly FileFacts[], graph: ModuleGraph): FolderEdge[] {
  const depth = drawingDepth(facts);
  const weights = new Map<string, number>();
  for (const item of facts) {
    const from = cut(folderOf(item.path), depth);
    for (const { to } of graph.links(item)) {
      if (to.kind !== "file") continue;
      const target = cut(folderOf(to.path), depth);
      if (target === from) continue;
      const key = `${from}\0${target}`;
      weights.set(key, (weights.get(key) ?? 0) + 1);
    }
  }
  return [...weights]
    .map(([key, weight]) => {
      const [from = ".", to = "."] = key.split("\0");
      return { from, to, weight };
    })
    .sort((a, b) => b.weight - a.weight || comparePaths(a.from, b.from) || comparePaths(a.to, b.to))
    .slice(0, maxEdges);
}

/** The deepest level with few enough folders. */
function drawingDepth(facts: readonly FileFacts[]): number {
  const folders = new Set<string>();
  for (const item of facts) if (item.imports.length > 0) folders.add(folderOf(item.path));
  for (let depth = maxDepth; depth > 1; depth -= 1) {
    if (new Set([...folders].map((folder) => cut(folder, depth))).size <= wantedFolders) return depth;
  }
  return 1;
}

function cut(folder: string, depth: number): string {
  return folder === "" ? "." : folder.split("/").slice(0, depth).join("/");
}

/** A node of a graph of tasks. */
interface Node {
  readonly taskId: string;
  readonly dependsOn: readonly string[];
}

/**
 * The ids of one cycle, each waiting for the next and the last for the first; null if there is none.
 *
 * Kahn's algorithm (1962) leaves what is on a cycle or waits for one; following any of its open dependencies from
 * there must come back. Linear in nodes and edges.
 */
export function findCycle(nodes: readonly Node[]): string[] | null {
  const left = withoutFree(nodes);
  const [start] = left.keys();
  if (start === undefined) return null;
  const places = new Map<string, number>();
  const path: string[] = [];
  for (let id: string = start; ; ) {
    const place = places.get(id);
    if (place !== undefined) return path.slice(place);
    places.set(id, path.length);
    path.push(id);
    const next = left.get(id)?.find((other) => left.has(other));
    if (next === undefined) return null;
    id = next;
  }
}

/** What is left after taking away, again and again, everything that waits for nothing that is left. */
function withoutFree(nodes: readonly Node[]): Map<string, readonly string[]> {
  const left = new Map(nodes.map((node) => [node.taskId, node.dependsOn]));
  const open = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const [id, dependsOn] of left) {
    const inside = dependsOn.filter((other) => left.has(other));
    open.set(id, inside.length);
    for (const other of inside) {
      const waiting = dependents.get(other);
      if (waiting === undefined) dependents.set(other, [id]);
      else waiting.push(id);
    }
  }
  const free = [...open].flatMap(([id, count]) => (count === 0 ? [id] : []));
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    left.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const count = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, count);
      if (count === 0) free.push(dependent);
    }
  }
  return left;
}

/** Adjacency by index: `edges[from]` lists the targets. */
export type Adjacency = readonly (readonly number[])[];

/**
 * The strongly connected components with more than one node, or with an edge to itself; one pass (Tarjan 1972),
 * iterative so that depth costs no stack. Members are in ascending order.
 */
export function cyclicComponents(edges: Adjacency): number[][] {
  const search = new ComponentSearch(edges);
  for (let node = 0; node < edges.length; node += 1) search.from(node);
  return search.components;
}

class ComponentSearch {
  readonly components: number[][] = [];
  private readonly edges: Adjacency;
  private readonly order: Int32Array;
  private readonly low: Int32Array;
  private readonly onStack: Uint8Array;
  private readonly stack: number[] = [];
  private counter = 0;

  constructor(edges: Adjacency) {
    this.edges = edges;
    this.order = new Int32Array(edges.length).fill(-1);
    this.low = new Int32Array(edges.length);
    this.onStack = new Uint8Array(edges.length);
  }

  from(root: number): void {
    if (this.order[root] !== -1) return;
    const path: { node: number; next: number }[] = [this.open(root)];
    for (let top = path[path.length - 1]; top !== undefined; top = path[path.length - 1]) {
      const target = this.edges[top.node]?.[top.next];
      top.next += 1;
      if (target === undefined) {
        path.pop();
        this.close(top.node);
        const parent = path[path.length - 1];
        if (parent !== undefined) this.lower(parent.node, this.lowOf(top.node));
      } else if (this.order[target] === -1) {
        path.push(this.open(target));
      } else if (this.onStack[target] === 1) {
        this.lower(top.node, this.order[target] ?? 0);
      }
    }
  }

  private open(node: number): { node: number; next: number } {
    this.order[node] = this.counter;
    this.low[node] = this.counter;
    this.counter += 1;
    this.stack.push(node);
    this.onStack[node] = 1;
    return { node, next: 0 };
  }

  private close(node: number): void {
    if (this.lowOf(node) !== this.order[node]) return;
    const members: number[] = [];
    for (let member = this.stack.pop(); member !== undefined; member = this.stack.pop()) {
      this.onStack[member] = 0;
      members.push(member);
      if (member === node) break;
    }
    const loops = members.length > 1 || this.edges[node]?.includes(node) === true;
    if (loops) this.components.push(members.sort((a, b) => a - b));
  }

  private lower(node: number, value: number): void {
    if (value < this.lowOf(node)) this.low[node] = value;
  }

  private lowOf(node: number): number {
    return this.low[node] ?? 0;
  }
}

/** A shortest path from `start` to `goal` inside `members`, both included; undefined when there is none. */
export function shortestPath(
  edges: Adjacency,
  start: number,
  goal: number,
  members: ReadonlySet<number>,
): number[] | undefined {
  const cameFrom = new Map<number, number>([[start, -1]]);
  const queue = [start];
  for (let head = 0; head < queue.length; head += 1) {
    const node = queue[head] ?? start;
    if (node === goal) return traced(cameFrom, goal);
    for (const target of edges[node] ?? []) {
      if (!members.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, node);
      queue.push(target);
    }
  }
  return undefined;
}

function traced(cameFrom: ReadonlyMap<number, number>, goal: number): number[] {
  const path: number[] = [];
  for (let node: number | undefined = goal; node !== undefined && node !== -1; node = cameFrom.get(node)) {
    path.push(node);
  }
  return path.reverse();
}

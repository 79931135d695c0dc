import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCycle } from "../../../../agent-host/rules/find-cycle.ts";

const graph = fc
  .array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
  .map((rows) =>
    rows.map((row, index) => ({ taskId: `t-${index}`, dependsOn: row.map((other) => `t-${other}`) })),
  );

describe("findCycle", () => {
  it("finds a real cycle, or none where an order exists", () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const cycle = findCycle(nodes);
        expect(cycle === null).toBe(hasOrder(nodes));
        if (cycle === null) return;
        const edges = cycle.map((id, index) => [id, cycle[(index + 1) % cycle.length]] as const);
        for (const [from, to] of edges) {
          expect(nodes.find((node) => node.taskId === from)?.dependsOn).toContain(to);
        }
        expect(new Set(cycle).size).toBe(cycle.length);
      }),
    );
  });

  it("takes a long chain in its stride", () => {
    const chain = Array.from({ length: 100_000 }, (_, index) => ({
      taskId: `t-${index}`,
      dependsOn: [`t-${index + 1}`],
    }));
    expect(findCycle(chain)).toBeNull();
  });
});

/** Takes away what waits for nothing left until nothing or only cycles remain. */
function hasOrder(nodes: readonly { taskId: string; dependsOn: string[] }[]): boolean {
  const left = new Map(nodes.map((node) => [node.taskId, node.dependsOn]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [id, dependsOn] of left) {
      if (dependsOn.some((other) => left.has(other))) continue;
      left.delete(id);
      changed = true;
    }
  }
  return left.size === 0;
}

import { describe, expect, test } from "vitest";
import { cyclicComponents, shortestPath } from "../../../../../agent-host/analysis/structure/cycles.ts";

describe("cyclicComponents", () => {
  test("finds each set of nodes that reach each other once", () => {
    // 0 → 1 → 2 → 0, 2 → 3 → 4 → 3, 5 alone
    const components = cyclicComponents([[1], [2], [0, 3], [4], [3], []]);
    expect(components.map((members) => members.join())).toEqual(["3,4", "0,1,2"]);
  });

  test("keeps a node that loads itself and drops a chain", () => {
    expect(cyclicComponents([[0], [2], []])).toEqual([[0]]);
  });

  test("survives a chain too deep for the call stack", () => {
    const length = 200_000;
    const ring = Array.from({ length }, (_, node) => [(node + 1) % length]);
    expect(cyclicComponents(ring)[0]).toHaveLength(length);
  });
});

describe("shortestPath", () => {
  test("stays inside the given members", () => {
    const edges = [[1, 3], [2], [], [2]];
    expect(shortestPath(edges, 0, 2, new Set([0, 1, 2]))).toEqual([0, 1, 2]);
    expect(shortestPath(edges, 0, 2, new Set([0, 2]))).toBeUndefined();
  });
});

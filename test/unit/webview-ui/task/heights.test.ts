import { describe, expect, it } from "vitest";
import { Heights } from "../../../../webview-ui/task/heights.ts";

describe("heights of rows", () => {
  it("are guessed until they are measured", () => {
    const heights = new Heights(100);
    heights.resize(10);
    expect(heights.total).toBe(1_000);
    expect(heights.set(2, 40)).toBe(true);
    expect(heights.set(2, 40.2)).toBe(false);
    expect([heights.top(2), heights.top(3), heights.total]).toEqual([200, 240, 940]);
  });

  it("tell which row stands at a place, also beyond both ends and beside rows without height", () => {
    const heights = new Heights(100);
    heights.resize(4);
    heights.set(1, 0);
    expect([-50, 0, 99, 100, 199, 200, 9_999].map((place) => heights.indexAt(place))).toEqual([
      0, 0, 0, 2, 2, 3, 3,
    ]);
  });

  it("stay when rows come, and are guessed anew when they mean nothing any more", () => {
    const heights = new Heights(100);
    heights.resize(1);
    heights.set(0, 30);
    heights.resize(2_000);
    expect(heights.top(2)).toBe(130);
    heights.forget();
    expect(heights.top(2)).toBe(200);
    expect(heights.set(5_000, 1)).toBe(false);
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextRing } from "../../../../agent-host/tools/text-ring.ts";

describe("TextRing", () => {
  it("keeps the end of whatever came, in whatever pieces", async () => {
    await fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), fc.nat(60), (pieces, from) => {
        const ring = new TextRing(20);
        for (const piece of pieces) ring.add(piece);
        const all = pieces.join("");
        expect(ring.end).toBe(all.length);
        expect(ring.start).toBe(Math.max(0, all.length - 20));
        expect(ring.from(from)).toBe(all.slice(Math.max(from, ring.start)));
      }),
    );
  });
});

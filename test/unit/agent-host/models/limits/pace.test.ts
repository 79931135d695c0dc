import { describe, expect, it } from "vitest";
import { LatePlaces } from "../../../../../agent-host/models/limits/late-places.ts";
import { Pace } from "../../../../../agent-host/models/limits/pace.ts";

/** One call after another is taken while as many are open as may be. */
function accept(pace: Pace, calls: number): void {
  for (let call = 0; call < calls; call++) pace.onAccepted(pace.now, pace.limit);
}

describe("the pace of calls to an endpoint", () => {
  it("doubles with each round until the most that is allowed", () => {
    const pace = new Pace({ start: 8, max: 20 });
    accept(pace, 8);
    expect(pace.limit).toBe(16);
    accept(pace, 16);
    expect(pace.limit).toBe(20);
  });

  it("falls to what is taken, then tries one more, ever later where that is refused", () => {
    const pace = new Pace({ start: 8, max: 256 });
    accept(pace, 8);
    pace.onRefused(pace.now, 15, false);
    expect(pace.limit).toBe(15);
    for (const rounds of [1, 2, 4, 8, 16, 16]) {
      accept(pace, 15 * rounds - 1);
      expect(pace.limit).toBe(15);
      accept(pace, 1);
      expect(pace.limit).toBe(16);
      pace.onRefused(pace.now, 15, false);
      expect(pace.limit).toBe(15);
    }
  });

  it("grows fast again where several higher limits were taken", () => {
    const pace = new Pace({ start: 2, max: 256 });
    pace.onRefused(pace.now, 2, false);
    accept(pace, 2 + 3 + 4);
    expect(pace.limit).toBe(5);
    accept(pace, 5);
    expect(pace.limit).toBe(10);
  });

  it("does not grow where fewer calls are open than may be", () => {
    const pace = new Pace({ start: 8, max: 256 });
    for (let call = 0; call < 100; call++) pace.onAccepted(pace.now, 3);
    expect(pace.limit).toBe(8);
  });

  it("does not fall at the first refusal of a call where more were taken for a round", () => {
    const pace = new Pace({ start: 8, max: 8 });
    expect(pace.onRefused(pace.now, 8, false)).toBe(true);
    for (let call = 0; call < 8; call++) pace.onAccepted(pace.now, 7);
    expect(pace.onRefused(pace.now, 5, false)).toBe(false);
    expect(pace.limit).toBe(8);
    expect(pace.onRefused(pace.now, 5, true)).toBe(false);
    expect(pace.limit).toBe(7);
  });

  it("takes a quarter away for an overload, once for all calls that were under way", () => {
    const pace = new Pace({ start: 16, max: 256 });
    const before = pace.now;
    pace.onOverloaded(before);
    pace.onOverloaded(before);
    expect(pace.limit).toBe(12);
    pace.onOverloaded(pace.now);
    expect(pace.limit).toBe(9);
  });

  it("never falls below one", () => {
    const pace = new Pace({ start: 4, max: 256 });
    for (let times = 0; times < 20; times++) {
      pace.onRefused(pace.now, 0, true);
      pace.onOverloaded(pace.now);
    }
    expect(pace.limit).toBe(1);
  });
});

describe("how late an endpoint frees places", () => {
  it("is doubled by refusals of calls that began since, and halved by many calls that are taken", () => {
    const late = new LatePlaces();
    expect(late.lagMs).toBe(0);
    const before = late.now;
    late.onLate(before);
    late.onLate(before);
    expect(late.lagMs).toBe(2);
    for (let times = 0; times < 10; times++) late.onLate(late.now);
    expect(late.lagMs).toBe(50);
    for (let call = 0; call < 1_000; call++) late.onAccepted();
    expect(late.lagMs).toBe(0);
  });
});

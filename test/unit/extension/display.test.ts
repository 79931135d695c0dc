import { describe, expect, it } from "vitest";
import {
  fill,
  formatDay,
  formatDuration,
  formatElapsed,
  formatTokens,
  formatUsage,
  phaseNames,
} from "../../../agent-host/protocol/display.ts";
import { phaseSchema } from "../../../agent-host/protocol/phase.ts";

describe("formatDuration", () => {
  it.each([
    [0, "<1s"],
    [999, "<1s"],
    [4_400, "4s"],
    [59_999, "59s"],
    [62_000, "1m 02s"],
    [3_599_999, "59m 59s"],
    [3_840_000, "1h 04m"],
    [-5, "<1s"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("formatElapsed", () => {
  it("counts to the present while there is no end", () => {
    const from = "2026-03-04T10:00:00.000Z";
    expect(formatElapsed(from, "2026-03-04T10:00:05.000Z", 0)).toBe("5s");
    expect(formatElapsed(from, null, Date.parse(from) + 9_000)).toBe("9s");
  });
});

describe("formatDay", () => {
  const now = new Date(2026, 2, 4, 0, 30);

  it.each([
    [new Date(2026, 2, 4, 0, 10), "Today"],
    [new Date(2026, 2, 3, 23, 50), "Yesterday"],
    [new Date(2026, 1, 26, 12), "Thursday"],
    [new Date(2026, 1, 25, 12), "February 25, 2026"],
  ])("%s is %s", (date, text) => {
    expect(formatDay(date.toISOString(), now, "en")).toBe(text);
  });

  it("speaks the display language", () => {
    expect(formatDay(now.toISOString(), now, "de")).toBe("Heute");
  });
});

describe("formatTokens", () => {
  it.each([
    [812, "812"],
    [411_900, "412k"],
    [999_600, "1M"],
    [1_540_000, "1.5M"],
  ])("%d is %s", (tokens, text) => {
    expect(formatTokens(tokens)).toBe(text);
  });
});

describe("formatUsage", () => {
  it.each([
    [{ inputTokens: 0, outputTokens: 0, costUsd: 0 }, ""],
    [{ inputTokens: 10, outputTokens: 0, costUsd: 0.001 }, "<$0.01"],
    [{ inputTokens: 10, outputTokens: 0, costUsd: 1.837 }, "$1.84"],
    [{ inputTokens: 400_000, outputTokens: 12_000, costUsd: null }, "412k · no price"],
  ])("%o is %s", (usage, text) => {
    expect(formatUsage(usage, "no price")).toBe(text);
  });
});

describe("fill", () => {
  it("puts values in their places and leaves places without a value", () => {
    expect(fill("{1} of {0}, {2}", "a", 2)).toBe("2 of a, {2}");
  });

  it("does not fill what a value brings in", () => {
    expect(fill("{0} {1}", "{1}", "x")).toBe("{1} x");
  });
});

describe("phaseNames", () => {
  it("are the phases of the protocol, in its order", () => {
    expect(phaseNames).toEqual(phaseSchema.options);
  });
});

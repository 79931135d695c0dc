import { describe, expect, it } from "vitest";
import { retryAfterOf } from "../../../../../agent-host/models/anthropic/retry-after.ts";

const now = new Date("2026-11-23T00:00:00Z");

describe("how long an endpoint asks to wait", () => {
  it.each<[Record<string, string>, number | null]>([
    [{}, null],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after": "Mon, 23 Nov 2026 00:01:00 GMT" }, 60_000],
    [{ "retry-after": "Sun, 22 Nov 2026 00:01:00 GMT" }, 0],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "-5" }, null],
    [{ "retry-after-ms": "250.4", "retry-after": "9" }, 251],
    [{ "retry-after-ms": "x", "retry-after": "9" }, 9_000],
  ])("%j is %j ms", (headers, expected) => {
    expect(retryAfterOf({ get: (name) => headers[name] ?? null }, now)).toBe(expected);
  });
});

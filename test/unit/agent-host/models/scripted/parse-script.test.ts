import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeOfJsonError } from "../../../../../agent-host/models/scripted/json-place.ts";
import { parseScript } from "../../../../../agent-host/models/scripted/parse-script.ts";

describe("parseScript", () => {
  it("reads the script of the contract", () => {
    const script = parseScript(
      '\uFEFF{"format":1,"agents":{"*":[{"when":{"taskType":"planning.plan","includes":"x"},"text":"hi",' +
        '"toolCalls":[{"name":"read_file","input":{"path":"a"}}],"usage":{"input":1,"output":2},"delayMs":3,' +
        '"error":{"status":429,"retryAfterMs":5},"cutAfterBytes":7,"obey":true}]}}',
    );
    expect(script.latencyMs).toBe(0);
    expect(script.agents["*"]?.[0]?.error).toEqual({ status: 429, retryAfterMs: 5 });
  });

  it.each([
    [
      '{"format":1,"agents":{"back-end-coder":[{},{},{"toolCalls":[{"name":7}]}]}}',
      "agents.back-end-coder[2].toolCalls[0].name: ",
    ],
    ['{"format":2,"agents":{}}', "format: "],
    ['{"format":1,"agents":{"*":[{"txt":"a"}]}}', "agents.*[0]: "],
    ['{"format":1,"agents":{"*":[{"delayMs":-1}]}}', "agents.*[0].delayMs: "],
    ["[]", "the script: "],
    ['{\n  "format": 1,\n  "agents": {,}\n}', "line 3, column 14: this is not JSON"],
    ['{"format":1', "line 1, column 12: this is not JSON"],
    ["", "line 1, column 1: this is not JSON"],
  ])("names the place and the reason: %s", (text, place) => {
    expect(() => parseScript(text)).toThrow(
      expect.objectContaining({ code: "script.invalid", message: expect.stringContaining(place) }),
    );
  });
});

describe("placeOfJsonError", () => {
  it.each([
    ['{"a":1,}', 8],
    ["[1,]", 4],
    ["[1 2]", 4],
    ['{"a" 1}', 6],
    ["{a:1}", 2],
    ["[}", 2],
    ["tru", 1],
    ['"abc', 1],
    ["1 1", 3],
    ["]", 1],
  ])("finds it in %s", (text, column) => {
    expect(placeOfJsonError(text)).toEqual({ line: 1, column });
  });

  it("finds the end of a document that was cut anywhere, however deep", () => {
    expect(placeOfJsonError("[".repeat(200_000)).column).toBe(200_001);
    fc.assert(
      fc.property(fc.json(), (text) => {
        const broken = `${text}]`;
        expect(placeOfJsonError(broken).column).toBe(broken.length);
      }),
      { numRuns: 200 },
    );
  });
});

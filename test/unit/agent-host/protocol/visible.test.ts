import { describe, expect, it } from "vitest";
import { visible, visibleLines } from "../../../../agent-host/protocol/visible.ts";

describe("visible", () => {
  it("leaves what people read as it is", () => {
    const text = "npm run test -- --grep 'größer als' 日本語 עברית 👍";
    expect(visible(text)).toBe(text);
  });

  it.each([
    ["a right-to-left override", "\u202e", "\\u202e"],
    ["an isolate", "\u2066", "\\u2066"],
    ["a zero-width space", "\u200b", "\\u200b"],
    ["a zero-width joiner", "\u200d", "\\u200d"],
    ["a soft hyphen", "\u00ad", "\\u00ad"],
    ["a byte order mark", "\ufeff", "\\ufeff"],
    ["a tag character", "\u{e0041}", "\\u{e0041}"],
    ["a variation selector", "\ufe0f", "\\ufe0f"],
    ["a filler", "\u3164", "\\u3164"],
    ["an escape", "\u001b", "\\u001b"],
    ["a carriage return", "\r", "\\u000d"],
    ["a line separator", "\u2028", "\\u2028"],
    ["half a surrogate pair", "\ud800", "\\ud800"],
  ])("writes out %s", (_name, character, written) => {
    expect(visible(`a${character}b`)).toBe(`a${written}b`);
    expect(visibleLines(`a${character}b`)).toBe(`a${written}b`);
  });

  it("keeps lines and tabs apart only where lines are shown", () => {
    expect(visible("a\n\tb")).toBe("a\\u000a\\u0009b");
    expect(visibleLines("a\n\tb")).toBe("a\n\tb");
  });
});

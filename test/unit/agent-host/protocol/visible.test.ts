import { describe, expect, it } from "vitest";
import { hasHidden, visible, visibleLines, withoutHidden } from "../../../../agent-host/protocol/visible.ts";

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

// One of each kind, and the ends of the ranges.
const hiddenCodePoints = [
  ...[0x00, 0x01, 0x07, 0x08, 0x0b, 0x0e, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x90, 0x9b, 0x9d, 0x9f],
  ...[0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x180f],
  ...[0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f],
  ...[0x2800, 0x3164, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xf8ff, 0xfdd0, 0xfe00, 0xfe0e, 0xfe0f],
  ...[0xfeff, 0xffa0, 0xfff0, 0xfff9, 0xfffa, 0xfffb, 0xffff, 0x378, 0x16fe4, 0x1bca0, 0x1bca3, 0x1d159],
  ...[0x1d173, 0x1d17a, 0x1fffe, 0xe0000, 0xe0001, 0xe0020, 0xe0041, 0xe007a, 0xe007f, 0xe0100, 0xe01ef],
  ...[0xe0fff, 0xf0000, 0x10fffd],
];

describe("what is hidden", () => {
  it("is taken from text for a model and counted, and written out for people", () => {
    expect(hiddenCodePoints.length).toBeGreaterThan(60);
    for (const code of hiddenCodePoints) {
      const text = `a${String.fromCodePoint(code)}b`;
      const name = code.toString(16);
      const { text: left, hidden } = withoutHidden(text);
      // What follows an escape is a sequence with it.
      expect([name, hidden > 0, left.startsWith("a"), hasHidden(text)]).toEqual([name, true, true, true]);
      expect([name, withoutHidden(left).hidden]).toEqual([name, 0]);
      expect(visible(text)).toMatch(/^a\\u(\{[0-9a-f]+\}|[0-9a-f]{4})b$/);
      expect(visibleLines(text)).toBe(visible(text));
    }
  });

  it("is a whole message in tags, selectors or zero-width bits", () => {
    const secret = "rm -rf ~";
    const tags = [...secret].map((each) => String.fromCodePoint(0xe0000 + each.charCodeAt(0))).join("");
    const selectors = [...secret].map((each) => String.fromCodePoint(0xe0100 + each.charCodeAt(0))).join("");
    const bits = "\u200b\u200c\u200d".repeat(20);
    for (const carrier of ["👍", "ok", "🏴", "میخ", "क्"]) {
      for (const message of [tags, selectors, `${tags}\u{e007f}`]) {
        expect(withoutHidden(`${carrier}${message}x`)).toEqual({
          text: `${carrier}x`,
          hidden: [...message].length,
        });
      }
      expect(withoutHidden(`${carrier}${bits}x`).text.length).toBeLessThanOrEqual(carrier.length + 2);
    }
  });

  it("is a terminal sequence as a whole", () => {
    expect(withoutHidden("\u001b[31mred\u001b[0m")).toEqual({ text: "red", hidden: 9 });
    expect(withoutHidden("a\u001b]0;title\u0007b")).toEqual({ text: "ab", hidden: 10 });
  });
});

describe("what writing needs", () => {
  it.each([
    "plain\ttext\r\nof\flines\n",
    "größer naïve Ελληνικά Русский 日本語 한국어 עברית العربية",
    "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🏴‍☠️ ❤️ ☎︎ 1️⃣ #️⃣ 🇩🇪 👍🏿 ❤️‍🔥",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "می‌خواهم نمی‌دانم کتاب‌ها",
    "۱۴۰۳ ه‍.ش.",
    "क्‍ष क्‌ष र्‍य",
    "ශ්‍රී ලංකාව",
    "র‍্যাব",
    "മലയാളം ന്‍",
    "ᠠ᠋",
    "e\u0301 ñ a\u0308",
    "\u0600\u06dd\u{110bd}",
  ])("stays: %j", (text) => {
    expect(withoutHidden(text)).toEqual({ text, hidden: 0 });
    expect(visibleLines(text.replace(/[\r\f]/g, ""))).toBe(text.replace(/[\r\f]/g, ""));
  });

  it("is little, and never two joiners in a row", () => {
    expect(withoutHidden("می\u200c\u200cخ").hidden).toBeGreaterThan(0);
    expect(withoutHidden("क्\u200d\u200d\u200dx").hidden).toBeGreaterThan(1);
    expect(withoutHidden("👍\ufe0f\ufe0f").hidden).toBe(1);
    expect(withoutHidden("a\u200db 1\ufe0f").hidden).toBe(2);
  });
});

describe("the time it takes", () => {
  it("grows with the text only, whatever it is", () => {
    const pieces = ["\u{e0041}", "\u200d", "👍\u200d", "م\u200c", "\u001b[", "日本 ", "🏴\u{e0067}"];
    const startedAt = performance.now();
    for (const piece of pieces) withoutHidden(piece.repeat(100_000));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutControls } from "../../../../agent-host/protocol/visible.ts";

describe("withoutControls", () => {
  it.each([
    ["\u001b[1;31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;https://x.test\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u001bP1;2q#0\u001b\\after", "after"],
    ["\u001b(Ba\u001b=b\u001bcc", "abc"],
    ["\u009b31mred\u009d0;t\u009ctext", "redtext"],
    ["10%\r20%\r\nend\r\r\n", "10%\n20%\nend\n"],
    ["a\u0008\u0007\u0000b\u007f\u0085c", "abc"],
    ["a\u202eb\u2066c\u200fd", "abcd"],
    ["\u001b[", ""],
    ["\u001b", ""],
    ["tab\tand ä 日本 🙂", "tab\tand ä 日本 🙂"],
  ])("makes %j to %j", (text, expected) => {
    expect(withoutControls(text)).toBe(expected);
  });

  it("leaves nothing that steers a terminal", () => {
    const piece = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "P",
      "\\",
      "0",
      ";",
      "m",
      "\u0007",
      "\u009b",
      "\u009d",
      "x",
      "\r",
      "\n",
      "\u001b\u001b[",
    );
    void fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
        expect(withoutControls(pieces.join(""))).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });

  it("takes time in proportion to the text, whatever it is", () => {
    const hostile = ["\u001b]", "\u001b[0", "\u001b]x\u001b", "\u009b;", "\r"].map((each) =>
      each.repeat(200_000),
    );
    const startedAt = performance.now();
    for (const text of hostile) withoutControls(text);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

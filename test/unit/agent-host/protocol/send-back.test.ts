import { describe, expect, it } from "vitest";
import { sendBackText } from "../../../../agent-host/protocol/send-back.ts";

describe("sendBackText", () => {
  it("puts the person's words first, then a line for each comment", () => {
    const { text, sent } = sendBackText(" Almost ", ["a.ts:1: Why?", "b.ts:2: No."]);
    expect(text).toBe("Almost\n\na.ts:1: Why?\nb.ts:2: No.");
    expect(sent).toBe(2);
  });

  it("needs no words beside the comments", () => {
    expect(sendBackText("", ["a.ts:1: Why?"]).text).toBe("a.ts:1: Why?");
  });

  it("leaves whole lines out where they do not fit, and says how many went", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `a.ts:${index}: ${"x".repeat(400)}`);
    const { text, sent } = sendBackText("", lines);
    expect(text.length).toBeLessThanOrEqual(8_000);
    expect(sent).toBe(19);
    expect(text.split("\n")).toEqual(lines.slice(0, 19));
  });

  it("fills its bound to the last character", () => {
    expect(sendBackText("", ["12345", "6789"], 10)).toEqual({ text: "12345\n6789", sent: 2 });
    expect(sendBackText("", ["12345", "67890"], 10)).toEqual({ text: "12345", sent: 1 });
  });
});

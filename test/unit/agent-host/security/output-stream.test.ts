import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutControls } from "../../../../agent-host/protocol/visible.ts";
import { OutputStream } from "../../../../agent-host/security/output-stream.ts";

const pieces = fc.constantFrom(
  ...[
    "a",
    "é",
    "😀",
    "\n",
    "\r",
    "\r\n",
    "\u001b[31m",
    "\u001b]0;title\u0007",
    "\u001b]8;;x\u001b\\",
    "\u001bM",
    "\u009b2J",
  ],
);

describe("OutputStream", () => {
  it("says the same as if all had come at once, wherever it is cut", async () => {
    await fc.assert(
      fc.property(fc.array(pieces), fc.array(fc.nat(9)), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(""));
        const stream = new OutputStream();
        let [said, at] = ["", 0];
        for (const cut of cuts) {
          said += stream.next(bytes.subarray(at, at + cut));
          at += cut;
        }
        said += stream.next(bytes.subarray(at)) + stream.end();
        // How many line ends a row of carriage returns makes depends on what comes together.
        const folded = (text: string): string => text.replaceAll(/\n+/g, "\n");
        expect(folded(said)).toBe(folded(withoutControls(bytes.toString("utf8"))));
      }),
    );
  });

  it("holds back little of a sequence without end", () => {
    const stream = new OutputStream();
    let said = stream.next(Buffer.from("\u001b]"));
    for (let n = 0; n < 100; n += 1) said += stream.next(Buffer.from("x".repeat(1_000)));
    expect(said.length).toBeGreaterThan(90_000);
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedOutput } from "../../../../agent-host/security/bounded-output.ts";

describe("BoundedOutput", () => {
  it("keeps all of what fits, as it came", () => {
    const output = new BoundedOutput(10);
    for (const part of ["01", "2345", "", "6789"]) output.add(Buffer.from(part));
    expect(output.text()).toBe("0123456789");
    expect(output.omittedBytes).toBe(0);
  });

  it("keeps first and last half of what does not, and says how much is missing", () => {
    const output = new BoundedOutput(6);
    output.add(Buffer.from("abcdefghij"));
    expect(output.text()).toBe("abc\n[… 4 bytes left out …]\nhij");
    expect(output.omittedBytes).toBe(4);
  });

  it("does so however the bytes are cut into pieces", () => {
    const pieces = fc.array(fc.uint8Array({ min: 97, max: 122, maxLength: 40 }), { maxLength: 20 });
    void fc.assert(
      fc.property(pieces, fc.nat(60), (parts, maxBytes) => {
        const output = new BoundedOutput(maxBytes);
        for (const part of parts) output.add(Buffer.from(part));
        const all = Buffer.concat(parts).toString();
        const [first, last] = [Math.ceil(maxBytes / 2), Math.floor(maxBytes / 2)];
        const omitted = Math.max(0, all.length - maxBytes);
        expect(output.omittedBytes).toBe(omitted);
        const cut = `${all.slice(0, first)}\n[… ${omitted} bytes left out …]\n${last === 0 ? "" : all.slice(-last)}`;
        expect(output.text()).toBe(omitted === 0 ? all : cut);
      }),
    );
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { protocolDocument } from "../../support/protocol-document.ts";

it("PROTOCOL.md says what agent-host/protocol says (else: npm run protocol-doc)", async () => {
  const written = readFileSync(join(import.meta.dirname, "..", "..", "..", "PROTOCOL.md"), "utf8");
  expect(written).toBe(await protocolDocument());
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadRoles, parseRoles } from "../../../../agent-host/security/load-roles.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-roles-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("loadRoles", () => {
  it("says that there is no file", async () => {
    expect(await loadRoles(join(await temporaryFolder(), "roles.yaml"))).toEqual({ kind: "absent" });
  });

  it("reads who has which role", async () => {
    const path = join(await temporaryFolder(), "roles.yaml");
    await writeFile(path, "format: 1\nroles:\n  ada: lead # on duty\n  __proto__: viewer\n");
    const roles = new Map([
      ["ada", "lead"],
      ["__proto__", "viewer"],
    ]);
    expect(await loadRoles(path)).toEqual({ kind: "roles", roles });
  });

  it("refuses what is no file, or too long", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "roles.yaml");
    await writeFile(path, `format: 1\nroles: {}\n${"#".repeat(300_000)}`);
    for (const each of [folder, path]) expect(await loadRoles(each)).toMatchObject({ kind: "refused" });
  });
});

describe("parseRoles", () => {
  it.each([
    ["", 1, "the file must be a map"],
    ["roles: {}", 1, "format: 1 is missing"],
    ["format: 1", 1, "roles is missing"],
    ["format: 2\nroles: {}", 1, "format must be 1"],
    ["format: '1'\nroles: {}", 1, "format must be 1"],
    ["format: 1\nroles:\n  ada: lead\n  bob: king", 4, "the role of bob must be one of"],
    ["format: 1\nroles:\n  ada:", 3, "the role of ada must be one of"],
    ["format: 1\nroles:\n  ada: [lead]", 3, "the role of ada must be one of"],
    ["format: 1\nroles:\n  ada: lead\n  ada: admin", 4, "unique"],
    ["format: 1\nroles:\n  7: lead", 3, "a key of roles is no text"],
    ["format: 1\nroles:\n  '': lead", 3, "an identity has 1 to 100 characters"],
    ["format: 1\nroles: lead", 2, "roles must be a map"],
    ["format: 1\nroles:", 2, "roles must be a map"],
    ["format: 1\nroles: {}\nextra: 1", 3, "there is no extra here"],
    ["format: 1\nroles:\n  ada: &x lead\n  bob: *x", 4, "the role of bob must be one of"],
    ["format: 1\nroles:\n  <<: {ada: admin}", 3, "the role of << must be one of"],
    ["format: 1\nroles:\n\tada: lead", 3, ""],
    ["format: 1\nroles: {ada: lead", 2, ""],
    ["format: 1\nroles: {}\n---\nformat: 1\nroles: {}", 3, ""],
    ["format: 1\nroles:\n  ada: !!js/function lead", 3, ""],
  ])("refuses %j at line %i", (text, line, reason) => {
    const loaded = parseRoles(text);
    expect(loaded).toMatchObject({ kind: "refused", line });
    expect(loaded.kind === "refused" ? loaded.reason : "").toContain(reason);
  });

  it("never throws, and gives only roles there are", () => {
    const line = fc.constantFrom(
      "format: 1",
      "roles:",
      "  ada: lead",
      "  b: x",
      "- 1",
      "? a",
      "{",
      "&a *a",
      "%",
      "\t",
    );
    void fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.join("\n")),
        ),
        (text) => {
          const loaded = parseRoles(text);
          if (loaded.kind === "roles")
            expect([...loaded.roles.values()].every((role) => role === "lead")).toBe(true);
        },
      ),
    );
  });
});

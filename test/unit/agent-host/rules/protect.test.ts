import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../../../../agent-host/protocol/change-set.ts";
import { diffFacts, protectedChanges } from "../../../../agent-host/rules/protect.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";

const shipped = shippedRules();
const rules = {
  ...shipped,
  scope: { ...shipped.scope, paths: ["src/**"] },
  protected: ["package.json"],
  protectedTests: ["test/**"],
  controlPlane: [".git/**"],
};
const files: ChangedFile[] = [
  { path: "src/a.ts", status: "modified", added: 3, removed: 2, mode: "100644" },
  { path: "package.json", status: "added", added: 1, removed: 0, mode: "100644" },
  { path: "test/a.ts", status: "added", added: null, removed: null, mode: "100644" },
  { path: "test/b.ts", status: "deleted", added: 0, removed: 9, mode: null },
  { path: ".git/config", status: "modified", added: 1, removed: 1, mode: "100644" },
];

describe("protectedChanges", () => {
  it("names what a person has to clear, new tests aside", () => {
    expect(protectedChanges(files, rules)).toEqual(["package.json", "test/b.ts"]);
  });
});

describe("diffFacts", () => {
  it("counts files and lines, and names what lies outside or steers the tools", () => {
    expect(diffFacts(files, rules)).toEqual({
      ...{ files: 5, lines: 18 },
      outside: ["package.json", "test/a.ts", "test/b.ts", ".git/config"],
      controlPlane: [".git/config"],
    });
  });
});

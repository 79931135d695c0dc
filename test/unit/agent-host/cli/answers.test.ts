import { describe, expect, it } from "vitest";
import { approvals, rejections } from "../../../../agent-host/cli/answers.ts";
import { waitingApproval, waitingGate } from "../../../support/inbox-fixture.ts";

const once = { extent: "once", clear: [] } as const;
const guarded = waitingGate({ protectedFiles: ["package.json", "test/a.test.js"] });

describe("approving", () => {
  it("clears nothing where no protected file changed", () => {
    expect(approvals([waitingGate()], { ...once, comment: "fine" })).toMatchObject([
      { answer: { answer: "approve", clears: [], comment: "fine" } },
    ]);
  });

  it("needs every protected file cleared by name", () => {
    expect(() => approvals([guarded], once)).toThrow("package.json, test/a.test.js");
    expect(() => approvals([guarded], { ...once, clear: ["package.json"] })).toThrow(/: test\/a\.test\.js$/);
    const all = { answer: { clears: ["package.json", "test/a.test.js"] } };
    expect(approvals([guarded], { ...once, clear: ["test/a.test.js", "package.json"] })).toMatchObject([all]);
    expect(approvals([guarded], { ...once, clear: "all" })).toMatchObject([all]);
  });

  it("refuses to clear a file that did not change", () => {
    expect(() => approvals([guarded], { ...once, clear: ["other.js"] })).toThrow(/other\.js/);
    expect(() => approvals([waitingApproval()], { ...once, clear: ["package.json"] })).toThrow(
      /package\.json/,
    );
  });

  it("reaches further than one call only where the request has a pattern for it", () => {
    expect(approvals([waitingApproval()], { ...once, extent: "run" })).toMatchObject([
      { answer: { extent: "run" } },
    ]);
    expect(() => approvals([waitingApproval({ pattern: null })], { ...once, extent: "run" })).toThrow(/only/);
    expect(() => approvals([waitingGate()], { ...once, extent: "always" })).toThrow(/passed once/);
  });
});

describe("rejecting", () => {
  it("ends the run, or sends a gate's work back to a phase", () => {
    expect(rejections([waitingGate()], {})).toMatchObject([{ answer: { answer: "reject", returnTo: null } }]);
    expect(rejections([waitingGate()], { to: "planning", comment: "too big" })).toMatchObject([
      { answer: { returnTo: "planning", comment: "too big" } },
    ]);
  });

  it("sends no approval back to a phase", () => {
    expect(() => rejections([waitingApproval()], { to: "planning" })).toThrow(/no gate/);
  });
});

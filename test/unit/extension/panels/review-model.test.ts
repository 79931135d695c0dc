import { describe, expect, it } from "vitest";
import { fill } from "../../../../agent-host/protocol/display.ts";
import type { RunState } from "../../../../agent-host/protocol/state/schemas.ts";
import type { Standing } from "../../../../extension/inbox/standing.ts";
import { gateItem } from "../../../../extension/inbox/waiting-item.ts";
import { noChanges, reviewOf, workOf } from "../../../../extension/panels/review-model.ts";
import { delivered, working } from "../../../support/run-fixture.ts";
import { approver, gate, otherTree, tree, workspaceId } from "../inbox/waiting-fixture.ts";

const item = gateItem(workspaceId, gate({ phase: "analysis" }));
const mine: Standing = { kind: "enrolled", approver: approver("reviewer") };

function review(run: RunState | null, standing: Standing = mine) {
  return reviewOf(item, { folder: "", standing, run, changes: noChanges }, fill);
}

function _changeSet(changeSetId: string, files: string, merged = true) {
  return {
    ...{ changeSetId, taskId: "t-code", base: tree, result: otherTree, files, merged },
    ...{ fileCount: 1, added: 1, removed: 0 },
  };
}

describe("reviewOf", () => {
  it("sets the tree of the evidence beside the one that would be applied now", () => {
    expect(review({ ...working, tree: otherTree }).about).toMatchObject({
      subject: { treeHash: tree },
      treeToApply: otherTree,
    });
  });

  it("offers the phases up to this one to go back to", () => {
    expect(review(working).about).toMatchObject({ phases: ["research", "analysis"] });
  });

  it("says who signs, or why nobody can from here and what to do", () => {
    expect(review(working).signer).toMatchObject({ kind: "may", role: "reviewer" });
    expect(review(working, { kind: "enrolled", approver: approver("viewer") }).signer).toMatchObject({
      kind: "mayNot",
      reason: "Your role is viewer; this needs reviewer.",
    });
    const foreign = review(working, { kind: "foreign", approvers: [] }).signer;
    expect(foreign.kind === "mayNot" && foreign.hint).toContain("agent-team approvers enroll");
  });
});

describe("workOf", () => {
  it("has summary and notes of the phase's finished tasks, and says nothing for what did not come", () => {
    const task = working.tasksById["t-history"];
    if (task === undefined) throw new Error("no task");
    const run = { ...working, tasksById: { "t-history": { ...task, result: "b1" } } };
    const result = JSON.stringify({ content: { summary: "Two files change", notes: ["No migration"] } });
    const finished = { ...delivered(12, "task.finished", {}), texts: { b1: result } };
    expect(workOf(run, "analysis", [finished])).toMatchObject([{ text: "Two files change\n- No migration" }]);
    expect(workOf(run, "analysis", [])).toMatchObject([{ text: "" }]);
    expect(workOf(run, "research", [finished])).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../../../../agent-host/protocol/change-set.ts";
import { fill } from "../../../../agent-host/protocol/display.ts";
import type { RunState } from "../../../../agent-host/protocol/state/schemas.ts";
import type { Standing } from "../../../../extension/inbox/standing.ts";
import { gateItem } from "../../../../extension/inbox/waiting-item.ts";
import { filesOf, noChanges, reviewOf, workOf } from "../../../../extension/panels/review-model.ts";
import { delivered, working } from "../../../support/run-fixture.ts";
import { approver, gate, otherTree, tree, workspaceId } from "../inbox/waiting-fixture.ts";

const item = gateItem(workspaceId, gate({ phase: "analysis" }));
const mine: Standing = { kind: "enrolled", approver: approver("reviewer") };

function review(run: RunState | null, standing: Standing = mine) {
  return reviewOf(item, { folder: "", standing, run, changes: noChanges }, fill);
}

function changeSet(changeSetId: string, files: string, merged = true) {
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

describe("filesOf", () => {
  const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({
    ...{ path, status: "modified", added: 2, removed: 1, mode: "100644" },
    ...more,
  });
  const created = (blob: string, files: ChangedFile[]) => ({
    ...delivered(20, "changeset.created", {}),
    texts: { [blob]: JSON.stringify(files) },
  });

  it("adds up what the merged change sets did to each file, sorted by path", () => {
    const run = { ...working, changeSets: { "c-1": changeSet("c-1", "b1"), "c-2": changeSet("c-2", "b2") } };
    const entries = [
      created("b1", [file("src/b.ts", { status: "added", removed: 0 }), file("src/a.ts")]),
      created("b2", [file("src/b.ts")]),
    ];
    expect(filesOf(run, entries)).toEqual([
      file("src/a.ts"),
      file("src/b.ts", { status: "added", added: 4, removed: 1 }),
    ]);
  });

  it("leaves out what was not merged", () => {
    const run = { ...working, changeSets: { "c-1": changeSet("c-1", "b1", false) } };
    expect(filesOf(run, [created("b1", [file("src/a.ts")])])).toEqual([]);
  });

  it("is nothing rather than half where a list did not come with its entry", () => {
    const run = { ...working, changeSets: { "c-1": changeSet("c-1", "b1") } };
    expect(filesOf(run, [])).toBeNull();
  });
});

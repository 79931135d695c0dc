import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../../agent-host/protocol/state/fold-run.ts";
import { fromTeamViewSchema, type LinkView } from "../../../../agent-host/protocol/webview.ts";
import { foldable, runRows, runToShow } from "../../../../extension/views/team-model.ts";
import { delivered, done, runId, working, workspaceId } from "../../../support/run-fixture.ts";

function folderWith(runs: (typeof working)[], more: { link?: LinkView["kind"]; details?: boolean } = {}) {
  const view = { kind: more.link ?? "live" } as LinkView;
  const summaries = runs.map(summaryOf).map((run) => [run.runId, run] as const);
  const details = new Map(more.details === true ? summaries : []);
  return { workspaceId, name: "shop", link: { view }, state: { runs: new Map(summaries), details } };
}

const ref = { workspaceId, runId };

describe("runToShow", () => {
  const first = { chosen: undefined, before: ref };

  it("is the run under way when the window opens", () => {
    const other = { ...working, runId: "r-other" };
    expect(runToShow([folderWith([done, other])], first)).toEqual({ workspaceId, runId: "r-other" });
  });

  it("is what was shown before a reload when nothing is under way", () => {
    expect(runToShow([folderWith([done])], first)).toEqual(ref);
    expect(runToShow([folderWith([done])], { chosen: undefined, before: null })).toBeNull();
  });

  it("stays what a person chose, also the list, while another run works", () => {
    const folders = [folderWith([done, { ...working, runId: "r-other" }])];
    expect(runToShow(folders, { chosen: ref, before: null })).toEqual(ref);
    expect(runToShow(folders, { chosen: null, before: ref })).toBeNull();
  });

  it("is nothing when the run was deleted or its folder closed", () => {
    expect(runToShow([folderWith([])], first)).toBeNull();
    expect(runToShow([], { chosen: ref, before: ref })).toBeNull();
  });

  it("starts no host only to show an old run again", () => {
    expect(runToShow([folderWith([done], { link: "idle" })], first)).toBeNull();
    expect(runToShow([folderWith([done], { link: "idle", details: true })], first)).toEqual(ref);
  });
});

describe("runRows", () => {
  it("lists the runs of all folders, newest first", () => {
    const newer = { ...done, runId: "r-newer", createdAt: "2027-01-01T00:00:00.000Z" };
    const rows = runRows([folderWith([done]), { ...folderWith([newer]), workspaceId: "fedcba9876543210" }]);
    expect(rows.map(({ run }) => run.runId)).toEqual(["r-newer", runId]);
  });
});

describe("foldable", () => {
  it("passes on entries that fit their type, and no others", () => {
    expect(foldable(delivered(3, "phase.entered", { phase: "analysis", index: 1, of: 3 }))).not.toBeNull();
    expect(foldable(delivered(3, "phase.entered", { phase: "coffee" }))).toBeNull();
    expect(foldable(delivered(3, "later.type", {}))).toBeNull();
  });
});

describe("what a page may send", () => {
  it("is what the protocol lists", () => {
    expect(
      fromTeamViewSchema.safeParse({ kind: "startRun", workspaceId, goal: " Look ", profile: "full" }).data,
    ).toMatchObject({
      goal: "Look",
    });
  });

  it.each([
    ["an unknown kind", { kind: "eval", code: "1" }],
    ["an editor command that is not listed", { kind: "command", command: "workbench.action.terminal.new" }],
    ["an empty goal", { kind: "startRun", workspaceId, goal: "  ", profile: "full" }],
    ["a goal without end", { kind: "startRun", workspaceId, goal: "x".repeat(20_001), profile: "full" }],
    ["a run id that is a path", { kind: "openReport", run: { workspaceId, runId: "r-/../../etc/passwd" } }],
    ["more than was agreed on", { kind: "showRun", run: null, extra: true }],
    ["no object", "ready"],
  ])("is not %s", (_name, message) => {
    expect(fromTeamViewSchema.safeParse(message).success).toBe(false);
  });
});

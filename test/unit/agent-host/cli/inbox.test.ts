import { describe, expect, it } from "vitest";
import { pickItems, readInbox } from "../../../../agent-host/cli/inbox.ts";
import { inboxLine, inboxText } from "../../../../agent-host/cli/inbox-text.ts";
import { FakeHost } from "../../../support/fake-host.ts";
import { waitingApproval, waitingGate } from "../../../support/inbox-fixture.ts";
import { runId, workspaceId } from "../../../support/run-fixture.ts";

const signal = new AbortController().signal;
const gate = waitingGate();
const approval = waitingApproval();

describe("the inbox", () => {
  it("shows gates and approvals in one list, oldest first", async () => {
    const host = new FakeHost({
      "gate/list": () => ({ gates: [gate.item] }),
      "approval/list": () => ({ approvals: [approval.item] }),
    });
    const items = await readInbox(host, { workspaceId }, signal);
    expect(items.map(({ id }) => id)).toEqual(["a-1", "g-review-1"]);
  });

  it("refuses to show what has another digest than the host says", async () => {
    const forged = { ...gate.item, subject: { ...gate.item.subject, treeHash: "d".repeat(64) } };
    const host = new FakeHost({
      "gate/list": () => ({ gates: [forged] }),
      "approval/list": () => ({ approvals: [] }),
    });
    await expect(readInbox(host, { workspaceId }, signal)).rejects.toMatchObject({ code: "inbox.digest" });
  });
});

describe("naming an item", () => {
  const other = waitingGate({ runId: "r-other-2" });

  it("needs only the id where one run has it", () => {
    expect(pickItems(["g-review-1", "a-1", "g-review-1"], [gate, approval])).toEqual([gate, approval]);
  });

  it("takes the run before the id", () => {
    expect(pickItems(["r-other-2/g-review-1"], [gate, other])).toEqual([other]);
  });

  it("lists the candidates where the id alone does not tell", () => {
    expect(() => pickItems(["g-review-1"], [gate, other])).toThrow(
      `${runId}/g-review-1, r-other-2/g-review-1`,
    );
  });

  it("refuses what does not wait", () => {
    expect(() => pickItems(["g-review-2"], [gate])).toThrow(/g-review-2/);
  });
});

describe("the text of an item", () => {
  const none = { files: [], diff: "", outputs: [] };

  it("says who may decide, on which tree, with what evidence", () => {
    const text = inboxText(waitingGate({ protectedFiles: ["package.json"] }), none);
    expect(text).toContain("reviewer, or a higher role");
    expect(text).toContain("b".repeat(64));
    expect(text).toContain("PERSON  a person approves (reviewer)");
    expect(text).toContain("  package.json");
    expect(text).toContain(gate.item.subject.rulesChecksum);
  });

  it("shows the changed files and the whole output of a command", () => {
    const file = { path: "src/a.ts", status: "modified", added: 3, removed: 1, mode: "100644" } as const;
    const text = inboxText(gate, {
      files: [file],
      diff: "+new line\n-old \u001b[2K line",
      outputs: [{ of: "command 'test' passes", text: `${"line\n".repeat(5_000)}last` }],
    });
    expect(text).toContain("M src/a.ts  +3 -1");
    expect(text).toContain("  +new line");
    expect(text).toContain("\\u001b[2K");
    expect(text.split("\n").filter((line) => line === "  line")).toHaveLength(5_000);
    expect(text).toContain("  last");
  });

  it("cuts nothing of what is approved, and hides nothing in it", () => {
    const long = "x".repeat(10_000);
    const hostile = waitingApproval({
      input: { command: `echo ${long}\u202egnp.exe` },
      facts: ["echo \u001b[2K", `second\nthird ${long}`],
    });
    const text = inboxText(hostile, none);
    expect(text.split(long)).toHaveLength(3);
    expect(text).not.toContain("\u202e");
    expect(text).not.toContain("\u001b");
    expect(text).toContain("echo \\u001b[2K");
    expect(text).toContain("\n  third ");
  });

  it("fits one line in a list, with the deadline", () => {
    expect(inboxLine(waitingApproval({ facts: ["npm\ninstall"] }))).not.toContain("\n");
    expect(inboxLine(approval)).toContain("until 2026-03-04 09:30");
    expect(inboxLine(waitingGate({ protectedFiles: ["a", "b"] }))).toContain("2 protected files");
  });
});

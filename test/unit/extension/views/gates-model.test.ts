import { describe, expect, it } from "vitest";
import { fill } from "../../../../agent-host/protocol/display.ts";
import { approvalItem, gateItem } from "../../../../extension/inbox/waiting-item.ts";
import { gateDetailRows, standingRow, waitingRow } from "../../../../extension/views/gates-model.ts";
import { approval, approver, gate, workspaceId } from "../inbox/waiting-fixture.ts";

const language = { t: fill, locale: "en", nowMs: Date.parse("2026-03-04T10:18:10.000Z") };
const more = { isMine: true, runTitle: "Split the webhooks", folder: "" };
const waitingGate = gateItem(workspaceId, gate());
const waitingApproval = approvalItem(workspaceId, approval());

describe("waitingRow", () => {
  it("says of a gate its run, how long it waits, and what is missing", () => {
    const row = waitingRow({ item: waitingGate, ...more }, language);
    expect(row.label).toBe("Gate: verification");
    expect(row.description).toBe(
      "Split the webhooks · 18m 00s · Protected files unchanged · Approved by a person, role reviewer",
    );
    expect(row.contextValue).toBe("gate.mine.changes");
    expect(row.tooltip).toContain("protected: package.json");
  });

  it("says of an approval who wants what, whole, with its risk", () => {
    const row = waitingRow({ item: waitingApproval, ...more }, language);
    expect(row.label).toBe("Back-end coder · run_command npm install pg-mem@3.0.4");
    expect(row.description).toBe("risk high · 17m 50s");
    expect(row.contextValue).toBe("approval.mine");
  });

  it("names the roles that others need, and offers no answer", () => {
    const row = waitingRow({ item: waitingGate, ...more, isMine: false }, language);
    expect(row.description).toMatch(/^needs reviewer · /);
    expect(row.contextValue).toBe("gate.others.changes");
  });

  it("writes out what would deceive the eye", () => {
    const item = approvalItem(workspaceId, approval({ facts: ["rm -rf ./a\u202e\u200bb\n\u001b[31m"] }));
    expect(waitingRow({ item, ...more }, language).label).toContain("./a\\u202e\\u200bb\\u000a\\u001b[31m");
  });

  it("marks what has another digest than its subject", () => {
    const item = gateItem(workspaceId, { ...gate(), digest: "9".repeat(64) });
    const row = waitingRow({ item, ...more }, language);
    expect(row.icon.name).toBe("error");
    expect(row.tooltip).toContain("cannot be answered");
  });
});

describe("gateDetailRows", () => {
  it("has each criterion with its result, then each protected file", () => {
    const rows = gateDetailRows(waitingGate, language).map(({ label, description }) => [label, description]);
    expect(rows).toEqual([
      ["Command passes: test", "passed · exit 0"],
      ["Protected files unchanged", "needs you · 1 file changed"],
      ["Approved by a person, role reviewer", "waits for you"],
      ["package.json", "protected"],
    ]);
  });

  it("has the host's facts of an approval", () => {
    expect(gateDetailRows(waitingApproval, language).map(({ label }) => label)).toEqual([
      "npm install pg-mem@3.0.4",
      "in the task's tree",
    ]);
  });
});

describe("standingRow", () => {
  const folder = { workspaceId, name: "" };

  it("says who holds keys and how to get one, only where this window holds none", () => {
    const row = standingRow(folder, { kind: "foreign", approvers: [approver("lead")] }, language);
    expect(row?.tooltip).toContain("Held by kim (lead)");
    expect(row?.tooltip).toContain("agent-team approvers enroll");
    expect(standingRow(folder, { kind: "enrolled", approver: approver("lead") }, language)).toBeNull();
    expect(standingRow(folder, { kind: "unknown" }, language)).toBeNull();
  });
});

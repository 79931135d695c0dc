import { describe, expect, it } from "vitest";
import { fill } from "../../../../agent-host/protocol/display.ts";
import {
  type AuditEntry,
  auditGroups,
  entryRow,
  maxAuditEntries,
  verifyRow,
  withEntries,
} from "../../../../extension/views/audit-model.ts";
import type { RowLanguage } from "../../../../extension/views/tree-row.ts";
import { delivered, failedEntries, startMs, workspaceId } from "../../../support/run-fixture.ts";

const language: RowLanguage = { t: fill, locale: "en", nowMs: startMs + 300_000 };
const entries: AuditEntry[] = failedEntries.map(({ entry }) => ({ workspaceId, entry }));

function rowOf(type: string, data: Record<string, unknown>, more = {}) {
  return entryRow({ workspaceId, entry: delivered(7, type, data, more).entry }, language);
}

describe("withEntries", () => {
  it("has each entry once, newest first", () => {
    const merged = withEntries(entries.slice(0, 5), entries.slice(3, 8));
    expect(merged.map(({ entry }) => entry.seq)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it("keeps the newest when there are too many", () => {
    const many = Array.from({ length: maxAuditEntries + 5 }, (_, index) => ({
      workspaceId,
      entry: delivered(index + 1, "task.started", {}).entry,
    }));
    const kept = withEntries([], many);
    expect(kept).toHaveLength(maxAuditEntries);
    expect(kept.at(-1)?.entry.seq).toBe(6);
  });

  it("keeps entries of two folders apart though their numbers are equal", () => {
    const other = entries.map((each) => ({ ...each, workspaceId: "fedcba9876543210" }));
    expect(withEntries(entries, other)).toHaveLength(entries.length * 2);
  });
});

describe("auditGroups", () => {
  it("groups by minute, with only the newest one open", () => {
    const late = { workspaceId, entry: delivered(30, "task.started", {}, { seconds: 90 }).entry };
    const groups = auditGroups(withEntries(entries, [late]), language);
    expect(groups.map(({ row, entries: held }) => [row.description, row.expands, held.length])).toEqual([
      ["1 entry", "open", 1],
      ["18 entries", "closed", 18],
    ]);
  });

  it("names the day of older entries", () => {
    const [group] = auditGroups(entries, { ...language, nowMs: startMs + 86_400_000 });
    expect(group?.row.label).toMatch(/^Yesterday, \d\d:\d\d$/);
  });
});

describe("entryRow", () => {
  it("says what, who and to what", () => {
    expect(rowOf("phase.entered", { phase: "analysis" })).toMatchObject({
      label: "Phase entered",
      description: "team-leader-1 · analysis",
      contextValue: "audit.entry",
    });
  });

  it("tells a failed gate from a passed one", () => {
    expect(rowOf("gate.decided", { decision: "failed" }).label).toBe("Gate failed");
    expect(rowOf("gate.decided", { decision: "passed" }).label).toBe("Gate passed");
  });

  it("marks what was denied by its own icon", () => {
    expect(rowOf("permission.decided", { allowed: false }, { outcome: "denied" }).icon.name).toBe(
      "circle-slash",
    );
  });

  it("shows a type of a later version as it is written", () => {
    expect(rowOf("mcp.stateChanged", {}).label).toBe("mcp.stateChanged");
    expect(rowOf("constructor", {}).label).toBe("constructor");
  });
});

describe("verifyRow", () => {
  const at = new Date(startMs).toISOString();
  const head = { seq: 371, hash: `7d20c9e${"0".repeat(57)}` };

  it("names the last verified entry and the head", () => {
    const report = { status: "ok" as const, entries: 371, head, fenced: [], warnings: [] };
    const row = verifyRow(workspaceId, { report, at, folder: "" }, language);
    expect(row.label).toBe("Verified to entry 371");
    expect(row.description).toMatch(/^head 7d20c9e · \d\d:\d\d$/);
    expect(row.contextValue).toBe("audit.verified");
  });

  it("names the first bad entry", () => {
    const firstBad = { seq: 12, segment: "000001.jsonl", line: 12, reason: "the hash does not fit" };
    const report = { status: "broken" as const, entries: 11, head, firstBad, fenced: [], warnings: [] };
    const row = verifyRow(workspaceId, { report, at, folder: "shop" }, language);
    expect(row).toMatchObject({ label: "The journal is broken at entry 12", contextValue: "audit.broken" });
    expect(row.tooltip).toContain("the hash does not fit");
  });
});

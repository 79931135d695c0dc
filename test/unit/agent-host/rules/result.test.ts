import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../../../../agent-host/protocol/change-set.ts";
import type { TaskResult } from "../../../../agent-host/protocol/task.ts";
import { checkResult } from "../../../../agent-host/rules/result.ts";
import { shippedRules, taskSpec } from "../../../support/rules-fixture.ts";

const rules = shippedRules();

function result(change: Partial<TaskResult> = {}): TaskResult {
  return {
    taskId: "t-a",
    agentId: "a-1",
    status: "done",
    content: { summary: "done", notes: [] },
    executionTimeMs: 1,
    confidence: 0.9,
    sources: [],
    usage: { inputTokens: 0, outputTokens: 0, costUsd: null },
    metadata: {},
    ...change,
  };
}

function changed(path: string): ChangedFile {
  return { path, status: "modified", added: 1, removed: 0, mode: "100644" };
}

describe("checkResult", () => {
  it("takes a result that is done", () => {
    expect(checkResult(taskSpec(), result(), rules)).toEqual({ valid: true });
  });

  it.each([
    [{ taskId: "t-b" }, "taskId: it answers t-b, not t-a"],
    [{ status: "failed" as const }, "status: the agent says failed"],
    [{ confidence: 0.09 }, "confidence: 0.09 is under limits.confidence, 0.1"],
    [{ confidence: Number.NaN }, "confidence: NaN is under limits.confidence, 0.1"],
  ])("refuses %j", (change, reason) => {
    expect(checkResult(taskSpec(), result(change), rules)).toEqual({ valid: false, reason });
  });

  describe("of research", () => {
    const question = taskSpec({ phase: "research", agentType: "research", taskType: "research.question" });

    it("wants sources", () => {
      expect(checkResult(question, result(), rules)).toMatchObject({
        valid: false,
        reason: expect.stringContaining("sources: at least one is needed"),
      });
      expect(checkResult(question, result({ sources: [{ file: "README.md" }] }), rules).valid).toBe(true);
    });

    it.each([
      { summary: "Nothing was found on this.", notes: [] },
      { summary: "No documents were found.", notes: [] },
      { findings: [] },
      { documents: [], facts: [] },
    ])("needs none where it says that nothing was found: %j", (content) => {
      expect(checkResult(question, result({ content }), rules)).toEqual({ valid: true });
    });

    it.each([
      { summary: "The nothing-found case is handled in a.ts.", notes: [] },
      { summary: "There is a bug. Nothing else was found.", notes: [] },
      { documents: [], facts: ["x"] },
      {},
      null,
      "nothing found",
    ])("wants some for %j", (content) => {
      expect(checkResult(question, result({ content }), rules).valid).toBe(false);
    });
  });

  describe("with a change set", () => {
    const spec = taskSpec({ scope: { paths: ["src/**", "docs"] } });

    it("takes files of the task's scope", () => {
      const files = [changed("src/a/b.ts"), changed("docs/x.md")];
      expect(checkResult(spec, result(), rules, files)).toEqual({ valid: true });
    });

    it("refuses a file outside, and names it", () => {
      const files = [changed("src/a.ts"), changed("lib/b.ts"), changed("c.ts")];
      expect(checkResult(spec, result(), rules, files)).toEqual({
        valid: false,
        reason: "change set: lib/b.ts and 1 more lie outside of scope.paths (src/**, docs)",
      });
    });

    it("refuses a file outside of the run's scope, whatever the task says", () => {
      const narrow = { ...rules, scope: { ...rules.scope, paths: ["docs/**"] } };
      expect(checkResult(spec, result(), narrow, [changed("src/a.ts")]).valid).toBe(false);
    });
  });
});

import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../../../../agent-host/protocol/change-set.ts";
import { contentSchemas } from "../../../../agent-host/protocol/task-content.ts";
import { checkRules } from "../../../../agent-host/rules/check-rules.ts";
import { diffFacts, protectedChanges } from "../../../../agent-host/rules/protect.ts";
import { allAgents, shippedRules } from "../../../support/rules-fixture.ts";

const rules = shippedRules();

function changed(path: string, status: ChangedFile["status"] = "modified"): ChangedFile {
  return { path, status, added: 1, removed: 1, mode: status === "deleted" ? null : "100644" };
}

describe("the rules that ship", () => {
  it("have no fault", () => {
    expect(checkRules(rules)).toBeNull();
  });

  it("have the ten phases and three profiles", () => {
    expect(rules.profiles.full).toEqual(Object.keys(rules.phases));
    expect(rules.profiles.full).toHaveLength(10);
    expect(rules.profiles.change).toHaveLength(7);
    expect(rules.profiles.analysis).toEqual(["initialization", "research", "analysis", "delivery"]);
  });

  it("seed the analysis profile with work that needs no model", () => {
    const seeds = rules.profiles.analysis.flatMap((phase) => rules.phases[phase].tasks);
    expect(seeds.map((seed) => seed.taskId)).toEqual([
      "t-documents",
      "t-history",
      "t-code",
      "t-document-check",
      "t-report",
    ]);
    expect(seeds.filter((seed) => seed.optional)).toEqual([]);
  });

  it("make everything but the plan optional where a model is needed", () => {
    const seeds = Object.values(rules.phases).flatMap((phase) => phase.tasks);
    const needed = seeds.filter((seed) => !seed.optional).map((seed) => seed.taskId);
    expect(needed).toEqual(["t-documents", "t-history", "t-code", "t-document-check", "t-plan", "t-report"]);
  });

  it("name a phase and an agent for every task type", () => {
    for (const type of Object.keys(contentSchemas) as (keyof typeof contentSchemas)[]) {
      const phases = Object.values(rules.phases).filter((phase) => phase.taskTypes.includes(type));
      const able = phases.flatMap((phase) =>
        phase.agents.filter((agent) => allAgents.get(agent)?.includes(type)),
      );
      expect(able, type).not.toEqual([]);
    }
  });

  it.each(["review", "verification"] as const)("let no error that was found in %s pass", (phase) => {
    expect(rules.phases[phase].criteria).toContainEqual({
      kind: "findingsAtMost",
      severity: "error",
      max: 0,
    });
  });

  it("change files in one phase only", () => {
    const coding = Object.entries(rules.phases).filter(([, phase]) =>
      phase.taskTypes.some((type) => type.startsWith("implementation.")),
    );
    expect(coding.map(([phase]) => phase)).toEqual(["implementation"]);
    expect(rules.profiles.analysis).not.toContain("implementation");
  });

  it.each([
    "package.json",
    "packages/a/package.json",
    "PACKAGE.json",
    "package-lock.json",
    "pyproject.toml",
    "Makefile",
    "Cargo.toml",
    "go.mod",
    "build.gradle.kts",
    "pom.xml",
    "vitest.config.ts",
    "web/jest.config.js",
    "conftest.py",
    "tests/conftest.py",
    "tsconfig.json",
    "eslint.config.mjs",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".agent-team/rules.yaml",
    "agent-host/rules/rules.yaml",
    "src/__snapshots__/a.test.ts.snap",
  ])("protect %s from being added, changed and deleted", (path) => {
    for (const status of ["added", "modified", "deleted"] as const) {
      expect(protectedChanges([changed(path, status)], rules)).toEqual([path]);
    }
  });

  it.each([
    "test.js",
    "src/a.test.ts",
    "src/a.spec.tsx",
    "test/unit/a.ts",
    "tests/data.json",
    "pkg/__tests__/a.js",
    "pkg/a_test.go",
    "tests/test_a.py",
    "test_a.py",
    "src/test/java/AppTest.java",
    "lib/UserTests.cs",
  ])("protect the test %s from being changed and deleted, not added", (path) => {
    expect(protectedChanges([changed(path, "added")], rules)).toEqual([]);
    expect(protectedChanges([changed(path)], rules)).toEqual([path]);
    expect(protectedChanges([changed(path, "deleted")], rules)).toEqual([path]);
  });

  it.each([
    "src/app.ts",
    "README.md",
    "src/contest.ts",
    "src/latest.js",
    "lib/testing.ts",
    "docs/test-plan.md",
  ])("leave %s free", (path) => {
    expect(protectedChanges([changed(path), changed(path, "deleted")], rules)).toEqual([]);
    expect(diffFacts([changed(path)], rules).controlPlane).toEqual([]);
  });

  it.each([
    ".git/config",
    ".git",
    "sub/.git/hooks/post-checkout",
    ".vscode/settings.json",
    "pkg/.vscode/tasks.json",
    ".agent-team/rules.yaml",
    ".mcp.json",
    ".cursor/mcp.json",
    ".claude/settings.json",
    "AGENTS.md",
    ".husky/pre-commit",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "my.code-workspace",
    ".bashrc",
    ".envrc",
    ".npmrc",
    ".gitattributes",
    ".devcontainer/devcontainer.json",
    ".GitHub/Workflows/ci.yml",
  ])("count %s to the control plane", (path) => {
    expect(diffFacts([changed(path, "added")], rules).controlPlane).toEqual([path]);
  });
});

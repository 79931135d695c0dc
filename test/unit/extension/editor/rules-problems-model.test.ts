import { describe, expect, it } from "vitest";
import { rulesNews } from "../../../../extension/editor/rules-problems-model.ts";

describe("rulesNews", () => {
  it("has the line and the reason of refused rules of the folder", () => {
    const data = { source: "workspace", line: 12, reason: "phases.review.criteria: unknown kind" };
    expect(rulesNews({ type: "rules.refused", data })).toEqual({
      ...{ kind: "refused", line: 11, reason: "phases.review.criteria: unknown kind" },
    });
    expect(rulesNews({ type: "rules.refused", data: { ...data, line: null } })).toMatchObject({ line: 0 });
  });

  it("has news when they load, so that the problem goes", () => {
    expect(rulesNews({ type: "rules.loaded", data: { source: "workspace" } })).toEqual({ kind: "loaded" });
  });

  it("has none of rules that lie elsewhere, nor of other entries", () => {
    expect(rulesNews({ type: "rules.refused", data: { source: "user", reason: "x" } })).toBeNull();
    expect(rulesNews({ type: "run.created", data: {} })).toBeNull();
  });
});

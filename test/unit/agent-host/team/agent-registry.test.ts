import { describe, expect, it } from "vitest";
import { AgentRegistry, lostAfterMs } from "../../../../agent-host/team/agent-registry.ts";
import { chainOf, modelOf } from "../../../support/team-run.ts";

const agents = [
  { agentId: "lead-1", agentType: "team-leader", taskTypes: ["planning.plan", "delivery.report"] },
  { agentId: "coder-1", agentType: "back-end-coder", taskTypes: ["implementation.code"] },
  { agentId: "coder-2", agentType: "back-end-coder", taskTypes: ["implementation.code"] },
] as const;

function registry() {
  let now = 0;
  const made = new AgentRegistry({ agents, monotonicMs: () => now });
  return {
    registry: made,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

describe("AgentRegistry", () => {
  it("says what needs no model where there is none", () => {
    const able = registry().registry.capabilities(null);
    expect(able.get("team-leader")).toEqual(["delivery.report"]);
    expect(able.get("back-end-coder")).toEqual([]);
  });

  it("says only what the model has answers for", () => {
    const model = modelOf([], { serves: (agentType) => agentType === "team-leader" });
    const able = registry().registry.capabilities(chainOf(model));
    expect(able.get("team-leader")).toEqual(["planning.plan", "delivery.report"]);
    expect(able.get("back-end-coder")).toEqual([]);
  });

  it("takes an agent for gone that was not heard of, and gives its work to another", () => {
    const { registry: known, advance } = registry();
    advance(lostAfterMs);
    known.noteHeartbeat("coder-2");
    expect(known.find("back-end-coder", "implementation.code")?.agentId).toBe("coder-1");
    advance(1);
    expect(known.isAlive("coder-1")).toBe(false);
    expect(known.find("back-end-coder", "implementation.code")?.agentId).toBe("coder-2");
    expect(known.find("team-leader", "planning.plan")).toBeUndefined();
    expect([...known.capabilities(chainOf(modelOf([]))).keys()]).toEqual(["back-end-coder"]);
  });

  it("takes it back once it is heard of again", () => {
    const { registry: known, advance } = registry();
    advance(lostAfterMs + 1);
    known.noteHeartbeat("lead-1");
    expect(known.find("team-leader", "planning.plan")?.agentId).toBe("lead-1");
  });

  it("finds nobody for what no agent does", () => {
    expect(registry().registry.find("back-end-coder", "review.changes")).toBeUndefined();
    expect(registry().registry.isAlive("nobody")).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { modelAgent } from "../../../../agent-host/agents/model-agent.ts";
import { contextWith, memoryDesk, words } from "../../../support/memory-desk.ts";

const signal = new AbortController().signal;
const nothing = (): void => undefined;

describe("modelAgent", () => {
  it("does not accept words for a plan", async () => {
    const agent = modelAgent("team-leader", ["planning.plan"]);
    const desk = memoryDesk({ answers: [words("a"), words("b"), words("c")] });
    const context = contextWith(desk, { taskType: "planning.plan", agentType: "team-leader" });
    await expect(agent.run(context, nothing, signal)).rejects.toMatchObject({ code: "agent.unfinished" });
    expect(desk.asked[2]?.at(-1)).toMatchObject({ text: expect.stringContaining("plan_tasks") });
  });

  it("refuses a task type that is not its own", async () => {
    const agent = modelAgent("tester", ["verification.check"]);
    expect(() => agent.run(contextWith(memoryDesk({})), nothing, signal)).toThrow(
      expect.objectContaining({ code: "agent.capability" }),
    );
  });
});

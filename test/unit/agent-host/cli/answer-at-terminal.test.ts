import { describe, expect, it } from "vitest";
import { answerAtTerminal } from "../../../../agent-host/cli/answer-at-terminal.ts";
import type { InboxItem } from "../../../../agent-host/cli/inbox.ts";
import type { Phase } from "../../../../agent-host/protocol/phase.ts";
import { FakePrompt } from "../../../support/fake-prompt.ts";
import { waitingApproval, waitingGate } from "../../../support/inbox-fixture.ts";

const phases: readonly Phase[] = ["planning", "implementation", "review", "delivery"];

async function answer(
  entry: InboxItem,
  ...words: string[]
): Promise<{ answer: unknown; prompt: FakePrompt }> {
  const prompt = new FakePrompt(...words);
  const given = { prompt, phases, say: () => undefined };
  return { answer: await answerAtTerminal(entry, given, new AbortController().signal), prompt };
}

describe("the question at the terminal", () => {
  it("takes nothing for an answer but a word that is one", async () => {
    const { answer: given, prompt } = await answer(waitingGate(), "", "yes", "approved", " A ");
    expect(given).toMatchObject({ answer: "approve" });
    expect(prompt.questions).toHaveLength(4);
  });

  it("offers no reach where there is no pattern for it", async () => {
    const { answer: given, prompt } = await answer(waitingApproval({ pattern: null }), "u", "w", "a");
    expect(given).toMatchObject({ answer: "approve", extent: "once" });
    expect(prompt.questions[0]).not.toContain("always");
    expect((await answer(waitingApproval(), "u")).answer).toMatchObject({ extent: "run" });
    expect((await answer(waitingApproval(), "always")).answer).toMatchObject({ extent: "always" });
  });

  it("asks for each protected file before it approves", async () => {
    const gate = waitingGate({ protectedFiles: ["package.json", "a.test.js"] });
    const { answer: given, prompt } = await answer(gate, "approve", "y", "yes");
    expect(given).toMatchObject({ answer: "approve", clears: ["package.json", "a.test.js"] });
    expect(prompt.questions[1]).toContain("package.json");
    const refused = await answer(gate, "approve", "y", "", "later");
    expect(refused.answer).toBe("later");
  });

  it("asks why, and where the work goes back to", async () => {
    const { answer: given, prompt } = await answer(waitingGate(), "r", "too big", "delivery", "planning");
    expect(given).toEqual({ answer: "reject", comment: "too big", returnTo: "planning" });
    // A later phase than the gate's own is none to return to.
    expect(prompt.questions.at(-1)).toContain("(planning, implementation, review;");
    expect((await answer(waitingGate(), "r", "no", "end")).answer).toMatchObject({ returnTo: null });
    expect((await answer(waitingApproval(), "reject", "no")).answer).toEqual({
      answer: "reject",
      comment: "no",
    });
  });
});

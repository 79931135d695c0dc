import { describe, expect, it } from "vitest";
import { changeVerbOf } from "../../../../agent-host/team/goal.ts";

describe("changeVerbOf", () => {
  it.each([
    ["Add a login page", "add"],
    ["fix: the retry bug", "fix"],
    ["Please refactor the parser", "refactor"],
    ["Could you please rename Account", "rename"],
  ])("sees that %j asks for a change", (goal, verb) => {
    expect(changeVerbOf(goal)).toBe(verb);
  });

  it.each([
    "What should we fix first?",
    "Security review",
    "Where are the risks",
    "analyze the code",
    "x",
    "addition of numbers",
  ])("lets %j be analyzed", (goal) => {
    expect(changeVerbOf(goal)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import {
  codeOf,
  isRetryable,
  isStorageFailure,
  pausesRun,
} from "../../../../agent-host/team/task-failure.ts";

describe("a failure of a task", () => {
  it.each([
    ...[
      "disk.full",
      "sandbox.lost",
      "journal.full",
      "journal.fenced",
      "budget.exhausted",
      "approval.timeout",
    ],
    ...["model.unreachable", "model.overloaded", "model.serverError", "model.rateLimited"],
    ...["model.cut", "model.stalled", "model.badStream"],
    ...["model.noKey", "model.quota", "model.notAllowed", "config.invalid"],
  ])("pauses its run where nothing is wrong with the task: %s", (code) => {
    expect(pausesRun(code, "anthropic")).toBe(true);
  });

  it.each(["model.overloaded", "model.cut", "model.serverError"])(
    "is tried again and then fails where a script says so: %s",
    (code) => {
      expect(pausesRun(code, "scripted")).toBe(false);
      expect(isRetryable(code)).toBe(true);
    },
  );

  it.each(["journal.invalid", "journal.tooLarge"])(
    "is the task's own where an entry does not fit: %s",
    (code) => {
      expect(isStorageFailure(code)).toBe(false);
      expect(pausesRun(code, "anthropic")).toBe(false);
    },
  );

  it.each(["agent.badCalls", "result.invalid", "changeset.conflict", "hub.undelivered", "agent.failed"])(
    "is worth another attempt: %s",
    (code) => expect(isRetryable(code)).toBe(true),
  );

  it.each(["agent.refused", "agent.turnLimit", "plan.refused", "script.exhausted", "agent.capability"])(
    "would happen again: %s",
    (code) => expect(isRetryable(code)).toBe(false),
  );

  it("has a code also where no code foresaw it", () => {
    expect(codeOf(new HostError("model.cut", "x"))).toBe("model.cut");
    expect(codeOf(new TypeError("x"))).toBe("agent.failed");
  });
});

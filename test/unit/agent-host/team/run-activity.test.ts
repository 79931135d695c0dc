import { beforeEach, describe, expect, it } from "vitest";
import { RunActivity } from "../../../../agent-host/team/run-activity.ts";
import { settle } from "../../../support/team-run.ts";

let told: (readonly string[])[];
let activity: RunActivity;

beforeEach(() => {
  told = [];
  activity = new RunActivity((ids) => told.push(ids));
});

/** Something that ends when the test says so. */
function open(): { ended: Promise<void>; end(): void } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ended, end: () => end() };
}

describe("RunActivity", () => {
  it("tells that all work waits for a person, and for what", async () => {
    const answer = open();
    const work = activity.during(() => activity.waitingFor("a-1", "task", () => answer.ended));
    await settle();
    expect(told).toEqual([["a-1"]]);
    answer.end();
    await work;
  });

  it("tells nothing while another task can go on", async () => {
    const [answer, other] = [open(), open()];
    const waiting = activity.during(() => activity.waitingFor("a-1", "task", () => answer.ended));
    const working = activity.during(() => other.ended);
    await settle();
    expect(told).toEqual([]);
    other.end();
    await working;
    await settle();
    expect(told).toEqual([["a-1"]]);
    answer.end();
    await waiting;
  });

  it("tells nothing when the next task starts as soon as one has ended", async () => {
    const [answer, first, second] = [open(), open(), open()];
    const waiting = activity.during(() => activity.waitingFor("a-1", "task", () => answer.ended));
    const working = activity.during(() => first.ended).then(() => activity.during(() => second.ended));
    first.end();
    await settle();
    expect(told).toEqual([]);
    second.end();
    await working;
    answer.end();
    await waiting;
  });

  it("tells of a gate, which waits by itself", async () => {
    const answer = open();
    const gate = activity.waitingFor("g-review-1", "gate", () => answer.ended);
    await settle();
    expect(told).toEqual([["g-review-1"]]);
    answer.end();
    await gate;
  });

  it("tells again once something else holds the run up", async () => {
    const [one, two] = [open(), open()];
    const first = activity.during(() => activity.waitingFor("a-1", "task", () => one.ended));
    const second = activity.during(() => activity.waitingFor("a-2", "task", () => two.ended));
    await settle();
    one.end();
    await first;
    await settle();
    expect(told).toEqual([["a-1", "a-2"], ["a-2"]]);
    two.end();
    await second;
  });

  it("hands through what the work returns and throws, and counts it as ended", async () => {
    await expect(activity.during(async () => 7)).resolves.toBe(7);
    const failing = activity.during(async () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const answer = open();
    const work = activity.during(() => activity.waitingFor("a-1", "task", () => answer.ended));
    await settle();
    expect(told).toEqual([["a-1"]]);
    answer.end();
    await work;
  });
});

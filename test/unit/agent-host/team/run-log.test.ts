import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { RunLog } from "../../../../agent-host/team/run-log.ts";
import { hostActor, never, person, teamRun } from "../../../support/team-run.ts";

const entered = (phase: "initialization" | "analysis") => ({
  type: "phase.entered" as const,
  actor: hostActor,
  data: { phase, index: 1, of: 7 },
});

describe("RunLog", () => {
  it("has no state before its run is created", async () => {
    const { journal, blobs } = await teamRun();
    const log = new RunLog({ runId: "r-new-1", journal, blobs, state: undefined, signal: never });
    expect(() => log.state).toThrow(expect.objectContaining({ code: "run.notCreated" }));
  });

  it("has an entry in its state by the time the append resolves", async () => {
    const { log } = await teamRun();
    await log.record([entered("analysis")]);
    expect(log.state.phase).toBe("analysis");
  });

  it("writes what nobody waits for before the task's next entry, and waits for both then", async () => {
    const { log, journal, entries } = await teamRun();
    const before = entries.length;
    log.recordSoon("t-1", [{ ...entered("initialization"), taskId: "t-1" }]);
    expect(entries).toHaveLength(before);
    await log.record([{ ...entered("analysis"), taskId: "t-1" }]);
    expect(entries.slice(before).map(({ data }) => data.phase)).toEqual(["initialization", "analysis"]);
    expect(journal.head.seq).toBe(entries.at(-1)?.seq);
  });

  it("tells a task, and no other, that what it did not wait for could not be written", async () => {
    const { log } = await teamRun();
    log.recordSoon("t-1", [{ type: "phase.entered", taskId: "t-1", actor: hostActor, data: {} } as never]);
    await log.record([{ ...entered("analysis"), taskId: "t-2" }]);
    const next = log.record([{ ...entered("analysis"), taskId: "t-1" }]);
    await expect(next).rejects.toMatchObject({ code: "journal.invalid" });
  });

  it("folds what others write to its run, and nothing of another run", async () => {
    const { log, journal } = await teamRun();
    await journal.append([{ ...entered("analysis"), runId: "r-other-1" }], never);
    expect(log.state.phase).toBeNull();
    await journal.append([{ ...entered("analysis"), runId: log.runId }], never);
    expect(log.state.phase).toBe("analysis");
  });

  it("folds nothing more once it is disposed", async () => {
    const { log, journal } = await teamRun();
    log.dispose();
    await journal.append([{ ...entered("analysis"), runId: log.runId }], never);
    expect(log.state.phase).toBeNull();
  });

  it("reads back what it kept, also what is not in memory any more", async () => {
    const { log, journal, blobs } = await teamRun();
    const ref = await log.keep("words of a person");
    expect(await log.recall(ref.blob)).toBe("words of a person");
    const later = new RunLog({ runId: log.runId, journal, blobs, state: log.state, signal: never });
    expect(await later.recall(ref.blob)).toBe("words of a person");
  });

  it("still knows the names of the first tasks when a large plan is journaled at once", async () => {
    const { log } = await teamRun();
    const digest = "0".repeat(64);
    const what = { phase: "implementation", agentType: "tester", taskType: "implementation.tests" } as const;
    const drafts = await Promise.all(
      Array.from({ length: 250 }, async (_, index) => {
        const [name, spec] = [await log.keep(`Name ${index}`), await log.keep(`{"spec":${index}}`)];
        const rest = { complexity: 1, priority: 5, dependsOn: [], contextHash: digest, title: "tests" };
        const data = { ...what, ...rest, name, spec };
        return { type: "task.planned" as const, taskId: `t-${index}`, actor: hostActor, data };
      }),
    );
    await log.record(drafts);
    expect(log.state.tasksById["t-0"]?.title).toBe("Name 0");
  });
});

describe("RunLog.until", () => {
  it("resolves at once with what the present state says", async () => {
    const { log } = await teamRun();
    await expect(log.until((state) => state.title, never)).resolves.toBe("Make it greet");
  });

  it("resolves with the first later state that says something", async () => {
    const { log } = await teamRun();
    const found = log.until(({ phase }) => phase, never);
    await log.record([entered("initialization"), entered("analysis")]);
    await expect(found).resolves.toBe("initialization");
  });

  it("rejects with the signal's reason, also when it is aborted already", async () => {
    const { log } = await teamRun();
    const stop = new AbortController();
    const waiting = log.until(() => null, stop.signal);
    const told = expect(waiting).rejects.toMatchObject({ code: "run.paused" });
    stop.abort(new HostError("run.paused", "enough"));
    await told;
    await expect(log.until(() => 1, stop.signal)).rejects.toMatchObject({ code: "run.paused" });
  });

  it("rejects with what the look throws, and lets others go on", async () => {
    const { log } = await teamRun();
    const broken = log.until(({ phase }): null => {
      if (phase !== null) throw new TypeError("broken");
      return null;
    }, never);
    const told = expect(broken).rejects.toThrow("broken");
    const other = log.until(({ phase }) => phase, never);
    await log.record([entered("analysis")]);
    await told;
    await expect(other).resolves.toBe("analysis");
  });

  it("hears of an answer that another part of the host journals", async () => {
    const { log, journal } = await teamRun();
    const heard = log.until(({ steering }) => steering[0]?.message ?? null, never);
    const message = await log.keep("faster");
    await journal.append(
      [{ type: "run.steered", actor: person, runId: log.runId, data: { message } }],
      never,
    );
    await expect(heard).resolves.toBe(message.blob);
  });
});

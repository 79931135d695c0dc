import { describe, expect, it, onTestFinished } from "vitest";
import type { Agent } from "../../../../agent-host/agents/agent.ts";
import type { EffectiveRules } from "../../../../agent-host/config/effective-rules.ts";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { createBlobStore } from "../../../../agent-host/journal/blob-store.ts";
import type { Journal } from "../../../../agent-host/journal/journal.ts";
import type { Entry } from "../../../../agent-host/protocol/journal.ts";
import type { Rules } from "../../../../agent-host/protocol/rules.ts";
import type { RunRequest } from "../../../../agent-host/protocol/run.ts";
import { createStore } from "../../../../agent-host/store/journal-store.ts";
import type { Store } from "../../../../agent-host/store/store.ts";
import { ControlLog } from "../../../../agent-host/team/control-log.ts";
import { Runs, type RunsOptions } from "../../../../agent-host/team/runs.ts";
import { normalisePlan, normaliseResult } from "../../../../agent-host/tools/hand-back-input.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";
import { agent, goodAnswer, onHub } from "../../../support/team-agents.ts";
import { chainOf, modelOf, person, sandboxOf, settle, temporaryFolder } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";
import { ManualClock, openIn } from "../journal/journal-fixture.ts";

/** Rules with one phase and one task, which the team leader does. */
function oneTask(change: Partial<Rules["limits"]> = {}): Rules {
  const rules = shippedRules();
  const { planning } = rules.phases;
  return {
    ...rules,
    profiles: { ...rules.profiles, change: ["planning"] },
    limits: { ...rules.limits, ...change },
    phases: { ...rules.phases, planning: { ...planning, criteria: [{ kind: "tasksCompleted" }] } },
  };
}

interface Host {
  readonly runs: Runs;
  readonly journal: Journal;
  readonly store: Store;
  readonly entries: Entry[];
  readonly errors: unknown[];
  readonly trees: MemoryTrees;
  ended(runId: string): Promise<Entry>;
  seen(type: string, runId: string): Promise<Entry>;
}

interface HostGiven {
  readonly folder?: string;
  readonly leader?: Agent["run"];
  readonly refusals?: EffectiveRules["refusals"];
  readonly change?: Partial<RunsOptions>;
}

async function host(given: HostGiven = {}): Promise<Host> {
  const directory = given.folder ?? (await temporaryFolder());
  const journal = await openIn(directory);
  const blobs = createBlobStore({ directory });
  const clock = new ManualClock();
  const entries: Entry[] = [];
  const listeners = new Set<() => void>();
  journal.subscribe((entry) => {
    entries.push(entry);
    for (const listener of [...listeners]) listener();
  });
  const isLive = (runId: string): boolean => runs.isLive(runId);
  const store = createStore({ journal, blobs, directory, isLive, clock, onError: () => undefined });
  const { hub, registry } = onHub([
    agent("team-leader", ["planning.plan"], given.leader ?? (async () => goodAnswer)),
  ]);
  const rules = oneTask();
  const { refusals = [] } = given;
  const effective: EffectiveRules = { rules, checksum: digestOf(rules), parts: [], inert: null, refusals };
  const trees = new MemoryTrees();
  const errors: unknown[] = [];
  let next = 0;
  const runs: Runs = new Runs({
    journal,
    blobs,
    store,
    control: new ControlLog(journal),
    hub,
    registry,
    clock,
    handBack: { plan: normalisePlan, result: normaliseResult },
    toolsFor: () => [],
    newRunId: () => `r-new-${++next}`,
    root: "/workspace",
    stateFolder: directory,
    rules: async () => effective,
    detectCommands: async () => ({}),
    checkScript: () => undefined,
    defaultProvider: async () => null,
    planModels: async () => ({ plan: {}, warnings: [] }),
    checkAttachments: async () => undefined,
    dirtyPaths: async () => [],
    redact: (text) => text,
    clean: (text) => text,
    redactStream: (tell) => tell,
    modelWork: async () => ({
      models: chainOf(modelOf([])),
      trees,
      sandbox: sandboxOf(),
      tools: [],
      decideAccess: () => ({ kind: "allow", rule: "test", reason: "" }),
      readyToDecide: async () => undefined,
      alwaysGranted: async () => [],
      prompt: async () => ({ text: "You are", checksum: "d".repeat(64), tools: [] }),
      surroundings: async () => [],
      newFit: () => (messages) => messages,
      releaseTask: async () => undefined,
      release: async () => undefined,
      newId: () => "1",
    }),
    treesOf: () => trees,
    onRunError: (_runId, error) => errors.push(error),
    onRest: () => undefined,
    ...given.change,
  });
  onTestFinished(() => runs.pauseAll("the test ends"));
  const seen = async (type: string, runId: string): Promise<Entry> =>
    await new Promise((resolve) => {
      const look = (): void => {
        const found = entries.find((entry) => entry.type === type && entry.runId === runId);
        if (found === undefined) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
    });
  return { runs, journal, store, entries, errors, trees, seen, ended: (id) => seen("run.finished", id) };
}

const request: RunRequest = { goal: "Make it greet", provider: "scripted", script: "{}", trust: true };
const resumed = { actor: person, reason: "go on" };

/** An agent that works until it is stopped. */
const endless: Agent["run"] = async (_context, _emit, signal) =>
  await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

/** Something that happens once, and can be waited for. */
function signalled(): { readonly promise: Promise<void>; done(): void; isDone(): boolean } {
  let isDone = false;
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settled) => {
    resolve = settled;
  });
  const done = (): void => {
    isDone = true;
    resolve();
  };
  return { promise, done, isDone: () => isDone };
}

function typesOf(entries: readonly Entry[], runId: string): string[] {
  return entries.filter((entry) => entry.runId === runId).map(({ type }) => type);
}

describe("a run that is started", () => {
  it("is durable at once, and goes on to its end", async () => {
    const { runs, ended, entries, trees } = await host();
    const { runId, seq } = await runs.start(request, person);
    expect(entries.find((entry) => entry.seq === seq)).toMatchObject({
      type: "run.created",
      runId,
      actor: person,
    });
    expect((await ended(runId)).data).toMatchObject({ status: "done", exitCode: 0 });
    await runs.pauseAll("look");
    expect([runs.liveCount, trees.areFoldersRemoved]).toEqual([0, true]);
  });

  it("is refused in a folder that nobody trusts, and leaves nothing", async () => {
    const { runs, entries } = await host();
    const before = entries.length;
    await expect(runs.start({ ...request, trust: false }, person)).rejects.toMatchObject({
      code: "run.untrusted",
    });
    expect(entries).toHaveLength(before);
  });

  it("makes the folder trusted for later ones, by a person's word that is journaled", async () => {
    const { runs, entries } = await host();
    await runs.start(request, person);
    await runs.start({ ...request, trust: false }, person);
    expect(entries.filter(({ type }) => type === "config.changed")).toMatchObject([
      { actor: person, data: { key: "trusted", value: true } },
    ]);
  });

  it("is refused on rules of the person's own that are broken", async () => {
    const fault = { line: 3, column: 1, path: "limits", reason: "too many", name: "rules.yaml" };
    const refusals = [{ ...fault, source: "user" as const, keepsLast: false }];
    const { runs, entries } = await host({ refusals });
    await expect(runs.start(request, person)).rejects.toMatchObject({
      code: "rules.refused",
      message: expect.stringContaining("rules.yaml"),
    });
    expect(entries.some(({ type }) => type === "run.created")).toBe(false);
  });

  it("is refused while as many run as there may be", async () => {
    const { runs } = await host({ leader: endless });
    for (let count = 0; count < 16; count += 1) await runs.start(request, person);
    await expect(runs.start(request, person)).rejects.toMatchObject({ code: "run.tooMany" });
  });

  it("is refused once the host closes, and those under way are paused by then", async () => {
    const { runs, seen, entries } = await host({ leader: endless });
    const { runId } = await runs.start(request, person);
    await seen("task.started", runId);
    await runs.pauseAll("closing");
    expect(entries.at(-1)).toMatchObject({ type: "run.paused", runId, data: { cause: "host" } });
    await expect(runs.start(request, person)).rejects.toMatchObject({ code: "host.closing" });
  });

  it("takes its budget from the rules, with the person's own limit of money", async () => {
    const { runs, store } = await host({ leader: endless });
    const { runId } = await runs.start({ ...request, budgetUsd: 1.5 }, person);
    const { budget } = (await store.runState(runId)) ?? {};
    expect(budget?.limits).toEqual({ ...shippedRules().budget, usd: 1.5 });
  });

  it("fails when an entry does not fit: there would be no more room for it after a pause", async () => {
    const { runs, ended } = await host({
      leader: async () => {
        throw new HostError("journal.tooLarge", "The data is over 4096 bytes");
      },
    });
    const { runId } = await runs.start(request, person);
    expect((await ended(runId)).data).toMatchObject({ status: "failed" });
  });

  it.each(["config.invalid", "model.noKey", "model.unreachable"])(
    "pauses where its models cannot be asked now: %s",
    async (code) => {
      const { runs, seen } = await host({
        change: {
          modelWork: async () => {
            throw new HostError(code, "no", { hint: "Mend it" });
          },
        },
      });
      const { runId } = await runs.start(request, person);
      expect((await seen("run.paused", runId)).data).toMatchObject({ cause: "model" });
    },
  );

  it("fails with the words of what went wrong, and the log hears of what no code foresaw", async () => {
    const { runs, ended, errors } = await host({
      change: {
        modelWork: async () => {
          throw new TypeError("undefined is not a function");
        },
      },
    });
    const { runId } = await runs.start(request, person);
    expect((await ended(runId)).data).toMatchObject({ status: "failed", exitCode: 1 });
    await runs.pauseAll("look");
    expect(errors).toHaveLength(1);
  });
});

describe("a run that is paused", () => {
  it("stands still with its task open, and goes on with the same attempt when it is resumed", async () => {
    const begun = signalled();
    const { runs, entries, ended, store } = await host({
      leader: async (...given) => {
        if (begun.isDone()) return goodAnswer;
        begun.done();
        return await endless(...given);
      },
    });
    const { runId } = await runs.start(request, person);
    await begun.promise;
    await runs.pause(runId, "lunch");
    expect(entries.at(-1)).toMatchObject({ type: "run.paused", data: { cause: "asked" } });
    expect((await store.runState(runId))?.reason).toBe("lunch");
    expect(runs.isLive(runId)).toBe(false);
    await runs.resume(runId, resumed);
    expect((await ended(runId)).data).toMatchObject({ status: "done" });
    const started = entries.filter(({ type }) => type === "task.started");
    expect(started.map(({ data }) => data.attempt)).toEqual([1, 1]);
    expect((await store.runState(runId))?.tasksById["t-plan"]).toMatchObject({ status: "done", attempt: 1 });
  });

  it("can not be paused when nobody works on it", async () => {
    const { runs, ended } = await host();
    const { runId } = await runs.start(request, person);
    await ended(runId);
    await runs.pauseAll("look");
    await expect(runs.pause(runId, "lunch")).rejects.toMatchObject({ code: "run.ended" });
    await expect(runs.pause("r-no-1", "lunch")).rejects.toMatchObject({ code: "run.unknown" });
  });

  it("stands still already when it is paused twice", async () => {
    const { runs, seen } = await host({ leader: endless });
    const { runId } = await runs.start(request, person);
    await seen("task.started", runId);
    await runs.pause(runId, "lunch");
    await expect(runs.pause(runId, "lunch")).rejects.toMatchObject({ code: "run.notLive" });
  });

  it.each([
    ["budget.exhausted", "budget"],
    ["approval.timeout", "approval"],
  ])("is paused by %s, and says so", async (code, cause) => {
    const { runs, seen } = await host({
      leader: async () => {
        throw new HostError(code, "it cannot go on");
      },
    });
    const { runId } = await runs.start(request, person);
    expect((await seen("run.paused", runId)).data).toMatchObject({ cause });
  });
});

describe("a run that is resumed", () => {
  async function pausedRun(given: HostGiven = {}) {
    const made = await host({ leader: endless, ...given });
    const { runId } = await made.runs.start(request, person);
    await made.seen("task.started", runId);
    await made.runs.pause(runId, "lunch");
    return { ...made, runId };
  }

  it("is worked on once, however many ask at the same time", async () => {
    const { runs, runId, entries } = await pausedRun();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => runs.resume(runId, resumed)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "run.live" } });
    expect(typesOf(entries, runId).filter((type) => type === "run.resumed")).toHaveLength(1);
    expect(runs.liveCount).toBe(1);
  });

  it("gets the larger budget with the same breath", async () => {
    const { runs, runId, entries, store } = await pausedRun();
    await runs.resume(runId, { ...resumed, budget: { tokens: 7 } });
    expect(typesOf(entries, runId)).toContain("budget.extended");
    const { budget } = (await store.runState(runId)) ?? {};
    expect(budget?.limits).toEqual({ ...shippedRules().budget, tokens: 7 });
  });

  it("must be there, and not have ended", async () => {
    const { runs, ended } = await host();
    const { runId } = await runs.start(request, person);
    await ended(runId);
    await expect(runs.resume("r-no-1", resumed)).rejects.toMatchObject({ code: "run.unknown" });
    await runs.cancel(runId, person, "late").catch(() => undefined);
    await expect(runs.resume(runId, resumed)).rejects.toMatchObject({ code: "run.ended" });
  });

  it("goes on at another host from its journal alone, on the rules it began with", async () => {
    const folder = await temporaryFolder();
    const first = await pausedRun({ folder });
    await first.runs.pauseAll("closing");
    await first.journal.close("over");
    const changed = { ...oneTask(), profiles: { ...oneTask().profiles, change: ["delivery" as const] } };
    const rules = { rules: changed, checksum: digestOf(changed), parts: [], inert: null, refusals: [] };
    const next = await host({ folder, change: { rules: async () => rules } });
    await next.runs.resume(first.runId, resumed);
    expect((await next.ended(first.runId)).data).toMatchObject({ status: "done" });
    expect(typesOf(next.entries, first.runId)).not.toContain("run.started");
  });

  it("is not ended by the late answer of the agent that was told to stop", async () => {
    const [first, second] = [
      { begun: signalled(), mayEnd: signalled() },
      { begun: signalled(), mayEnd: signalled() },
    ];
    const { runs, ended, entries } = await host({
      leader: async (_context, _emit, signal) => {
        const me = first.begun.isDone() ? second : first;
        me.begun.done();
        await me.mayEnd.promise;
        signal.throwIfAborted();
        return goodAnswer;
      },
    });
    const { runId } = await runs.start(request, person);
    await first.begun.promise;
    await runs.pause(runId, "lunch");
    await runs.resume(runId, resumed);
    await second.begun.promise;
    first.mayEnd.done();
    await settle();
    second.mayEnd.done();
    expect((await ended(runId)).data).toMatchObject({ status: "done" });
    expect(typesOf(entries, runId).filter((type) => type === "task.finished")).toHaveLength(1);
  });

  it("is not resumed by a host that closes", async () => {
    const { runs, runId } = await pausedRun();
    await runs.pauseAll("closing");
    await expect(runs.resume(runId, resumed)).rejects.toMatchObject({ code: "host.closing" });
  });
});

describe("a run that is cancelled", () => {
  it("has its end durable when that resolves, with the tasks under way", async () => {
    const { runs, seen, entries } = await host({ leader: endless });
    const { runId } = await runs.start(request, person);
    await seen("task.started", runId);
    await runs.cancel(runId, person, "enough");
    expect(typesOf(entries, runId).slice(-2)).toEqual(["task.finished", "run.finished"]);
    expect(entries.at(-1)?.data).toMatchObject({ status: "cancelled", exitCode: 130 });
  });

  it("ends also when nobody works on it", async () => {
    const { runs, seen, entries } = await host({ leader: endless });
    const { runId } = await runs.start(request, person);
    await seen("task.started", runId);
    await runs.pause(runId, "lunch");
    await runs.cancel(runId, person, "enough");
    expect(entries.at(-1)).toMatchObject({ type: "run.finished", actor: person });
    await expect(runs.cancel(runId, person, "again")).rejects.toMatchObject({ code: "run.ended" });
    await expect(runs.cancel("r-no-1", person, "x")).rejects.toMatchObject({ code: "run.unknown" });
  });

  it("has one end, however it is stopped at the same time", async () => {
    const { runs, seen, entries } = await host({ leader: endless });
    const { runId } = await runs.start(request, person);
    await seen("task.started", runId);
    await Promise.allSettled([
      runs.pause(runId, "lunch"),
      runs.cancel(runId, person, "enough"),
      runs.resume(runId, resumed),
      runs.cancel(runId, person, "more than enough"),
    ]);
    await runs.pauseAll("look");
    expect(typesOf(entries, runId).filter((type) => type === "run.finished")).toHaveLength(1);
    expect(typesOf(entries, runId).at(-1)).toBe("run.finished");
  });
});

describe("words to a run", () => {
  it("are durable, also for one that stands still", async () => {
    const { runs, seen, entries } = await host({ leader: endless });
    const { runId } = await runs.start(request, person);
    await seen("task.started", runId);
    await runs.steer(runId, { actor: person, message: "faster", taskId: "t-plan" });
    await runs.pause(runId, "lunch");
    await runs.steer(runId, { actor: person, message: "slower" });
    expect(entries.filter(({ type }) => type === "run.steered").map(({ taskId }) => taskId)).toEqual([
      "t-plan",
      null,
    ]);
    expect(await runs.withLog(runId, async (log) => log.state.steering.length)).toBe(2);
  });

  it("are refused for a task or run that is not there, or has ended", async () => {
    const { runs, ended } = await host();
    const { runId } = await runs.start(request, person);
    await ended(runId);
    const words = { actor: person, message: "faster" };
    await expect(runs.steer("r-no-1", words)).rejects.toMatchObject({ code: "run.unknown" });
    await expect(runs.steer(runId, words)).rejects.toMatchObject({ code: "run.ended" });
    const second = await host({ leader: endless });
    const live = await second.runs.start(request, person);
    await expect(second.runs.steer(live.runId, { ...words, taskId: "t-no" })).rejects.toMatchObject({
      code: "task.unknown",
    });
  });
});

describe("a journal that takes nothing", () => {
  it("leaves the run open to be resumed, and tells who follows it", async () => {
    let isFull = false;
    const directory = await temporaryFolder();
    const journal = await openIn(directory);
    const full = new HostError("journal.full", "no space");
    const narrow = {
      read: journal.read.bind(journal),
      subscribe: journal.subscribe.bind(journal),
      append: async (...given: Parameters<Journal["append"]>) => {
        if (isFull) throw full;
        return await journal.append(...given);
      },
    };
    const blobs = createBlobStore({ directory });
    const clock = new ManualClock();
    const isLive = (): boolean => false;
    const store = createStore({ journal, blobs, directory, isLive, clock, onError: () => undefined });
    const { runs } = await host({
      leader: async () => {
        isFull = true;
        return goodAnswer;
      },
      change: { journal: narrow, blobs, store, control: new ControlLog(journal) },
    });
    const stopped = new Promise<string>((resolve) => {
      runs.stopped.subscribe(({ problem }) => resolve(problem.code));
    });
    const { runId } = await runs.start(request, person);
    expect(await stopped).toBe("journal.full");
    await runs.pauseAll("look");
    expect((await store.runState(runId))?.finishedAt).toBeNull();
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type BlobStore, createBlobStore } from "../../agent-host/journal/blob-store.ts";
import type { Journal } from "../../agent-host/journal/journal.ts";
import type { Model, ModelAnswer, ModelRequest } from "../../agent-host/models/model.ts";
import type { AssistantMessage } from "../../agent-host/protocol/conversation.ts";
import type { EventData, EventDraft, EventType } from "../../agent-host/protocol/events.ts";
import type { Actor, Entry } from "../../agent-host/protocol/journal.ts";
import type { Phase } from "../../agent-host/protocol/phase.ts";
import type { Rules } from "../../agent-host/protocol/rules.ts";
import type { ApproveMode, Assurance } from "../../agent-host/protocol/run.ts";
import type { Budget } from "../../agent-host/protocol/scope.ts";
import type { TaskSpec } from "../../agent-host/protocol/task.ts";
import type { CommandOutcome, CommandRequest, Sandbox } from "../../agent-host/security/sandbox.ts";
import { RunActivity } from "../../agent-host/team/run-activity.ts";
import { RunLog } from "../../agent-host/team/run-log.ts";
import type { ModelChains, ModelWork, RunSetup } from "../../agent-host/team/run-setup.ts";
import { ManualClock, openIn } from "../unit/agent-host/journal/journal-fixture.ts";
import { shippedRules, taskSpec } from "./rules-fixture.ts";
import { MemoryTrees } from "./team-trees.ts";

export const never = new AbortController().signal;
export const hostActor: Actor = { kind: "system", id: "host", role: "host" };
export const coder: Actor = { kind: "agent", id: "back-end-coder-1", role: "back-end-coder" };
export const person: Actor = { kind: "user", id: "ada", role: "developer" };
export const teamRunId = "r-team-1";
export const blob = { blob: "b".repeat(64), size: 1 };
export const usage = { inputTokens: 10, outputTokens: 5, costUsd: 0 };
export const noLimits: Budget = {
  tokens: null,
  usd: null,
  minutes: null,
  complexity: null,
  modelCalls: null,
};

export interface TeamRunOptions {
  rules?(shipped: Rules): Rules;
  readonly phases?: readonly Phase[];
  readonly approve?: ApproveMode;
  readonly budget?: Partial<Budget>;
  readonly commands?: Readonly<Record<string, string[]>>;
  /** null: a run without a model. */
  readonly work?: Partial<ModelWork> | null;
  onHeldUp?(ids: readonly string[]): void;
}

/** A run that has started, on a real journal in a folder of its own, with time that stands still. */
export interface TeamRun {
  readonly folder: string;
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly clock: ManualClock;
  readonly log: RunLog;
  readonly trees: MemoryTrees;
  readonly setup: RunSetup;
  readonly work: ModelWork;
  /** Every entry since the journal was opened, of any run. */
  readonly entries: Entry[];
  record(...drafts: EventDraft[]): Promise<Entry[]>;
  /** Resolves with the entry that is the `count`th of its type, now or later. */
  seen(type: EventType, count?: number): Promise<Entry>;
  /** Data of the entries of one type, in order. */
  dataOf<T extends EventType>(type: T): EventData<T>[];
  /** Journals a task as planned, with its whole specification. */
  plan(change?: Partial<TaskSpec>): Promise<TaskSpec>;
  /** The same run as the next host finds it: a log folded from the journal, and everything anew. */
  afterCrash(): Promise<TeamRun>;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-unit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function teamRun(options: TeamRunOptions = {}): Promise<TeamRun> {
  const folder = await temporaryFolder();
  const journal = await openIn(folder);
  const trees = (options.work?.trees as MemoryTrees | undefined) ?? new MemoryTrees();
  const base = { folder, journal, blobs: createBlobStore({ directory: folder }), trees, options };
  const log = newLog(base, undefined);
  const entries: Entry[] = [];
  journal.subscribe((entry) => entries.push(entry));
  const rules = options.rules?.(shippedRules()) ?? shippedRules();
  const budget = { ...noLimits, ...options.budget };
  const phases = [...(options.phases ?? rules.profiles.change)];
  const { scope } = rules;
  const pinned = { rules, scope, budget, commands: { ...options.commands } };
  const goal = await log.keep("Make it greet");
  const created = { goal, profile: "change" as const, provider: "scripted" as const, budget };
  const model = options.work === null ? {} : { baseTree: await trees.snapshot() };
  const pin = await log.keep(JSON.stringify(pinned));
  await log.record([
    { type: "run.created", actor: person, data: { ...created, approve: options.approve ?? "ask" } },
    {
      type: "run.started",
      actor: hostActor,
      data: { phases, rulesChecksum: "c".repeat(64), pinned: pin, ...model },
    },
  ]);
  return assembled({ ...base, entries, pinned }, log);
}

interface Base {
  readonly folder: string;
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly trees: MemoryTrees;
  readonly options: TeamRunOptions;
}

type Given = Base & { readonly entries: Entry[]; readonly pinned: RunSetup["pinned"] };

function newLog({ journal, blobs }: Base, state: RunLog["state"] | undefined): RunLog {
  return new RunLog({ runId: teamRunId, journal, blobs, state, signal: never });
}

function assembled(given: Given, log: RunLog): TeamRun {
  const { folder, journal, trees, entries, pinned, options, blobs } = given;
  const clock = new ManualClock();
  const work = modelWork(trees, options.work ?? {});
  const setup: RunSetup = {
    log,
    clock,
    pinned,
    rulesChecksum: "c".repeat(64),
    root: "/workspace",
    runFolder: join(folder, "runs", teamRunId),
    activity: new RunActivity(options.onHeldUp ?? (() => undefined)),
    work: options.work === null ? null : work,
    clean: (text) => text,
    redactStream: (tell) => tell,
  };
  return {
    folder,
    journal,
    blobs,
    clock,
    log,
    trees,
    setup,
    work,
    entries,
    record: async (...drafts) => await log.record(drafts),
    seen: async (type, count = 1) => await seen(journal, entries, { type, count }),
    dataOf: (type) =>
      entries.filter((entry) => entry.type === type).map(({ data }) => data as EventData<typeof type>),
    plan: async (change) => await plan(log, change),
    afterCrash: async () => {
      log.dispose();
      return assembled(given, newLog(given, log.state));
    },
  };
}

async function seen(
  journal: Journal,
  entries: readonly Entry[],
  { type, count }: { type: string; count: number },
): Promise<Entry> {
  return await new Promise((resolve) => {
    const look = (): void => {
      const found = entries.filter((entry) => entry.type === type)[count - 1];
      if (found === undefined) return;
      subscription.dispose();
      resolve(found);
    };
    const subscription = journal.subscribe(look);
    look();
  });
}

async function plan(log: RunLog, change: Partial<TaskSpec> = {}): Promise<TaskSpec> {
  const spec = taskSpec({ runId: teamRunId, ...change });
  const { phase, agentType, taskType, complexity, priority, dependsOn, contextHash, taskId } = spec;
  const what = { phase, agentType, taskType, complexity, priority, dependsOn, contextHash };
  const data = { ...what, title: taskId, spec: await log.keep(JSON.stringify(spec)) };
  await log.record([{ type: "task.planned", taskId, actor: hostActor, data }]);
  return spec;
}

function modelWork(trees: MemoryTrees, change: Partial<ModelWork>): ModelWork {
  let ids = 0;
  return {
    models: chainOf(modelOf([])),
    trees,
    sandbox: sandboxOf(),
    tools: [],
    decideAccess: () => ({ kind: "allow", rule: "test", reason: "all is allowed" }),
    readyToDecide: async () => undefined,
    alwaysGranted: async () => [],
    prompt: async (agentType) => ({ text: `You are ${agentType}`, checksum: "d".repeat(64), tools: [] }),
    surroundings: async () => [],
    newFit: () => (messages) => messages,
    releaseTask: async () => undefined,
    release: async () => undefined,
    newId: () => `id${++ids}`,
    ...change,
  };
}

/** The same models for every agent, the preferred one first. */
export function chainOf(...models: readonly Model[]): ModelChains {
  return { for: () => models };
}

/** What a model does when it is asked. */
export type Reply = AssistantMessage | Error | ((request: ModelRequest) => Promise<ModelAnswer>);

/** A model that answers in this order, whoever asks. */
export function modelOf(replies: readonly Reply[], given: Partial<Model> = {}): Model {
  const left = [...replies];
  return {
    name: "test-model",
    contextTokens: null,
    countTokens: async () => 100,
    serves: () => true,
    worstCase: () => ({ tokens: 100, costUsd: 0 }),
    answer: async (request) => {
      const reply = left.shift();
      if (reply === undefined) throw new Error("asked more often than there are answers");
      if (reply instanceof Error) throw reply;
      return typeof reply === "function" ? await reply(request) : { message: reply, usage };
    },
    ...given,
  };
}

/** A sandbox in which nothing runs: `run` says what comes of each command. */
export function sandboxOf(
  run: (request: CommandRequest) => Partial<CommandOutcome> = () => ({}),
  assurance: Assurance = "sandboxed",
): Sandbox {
  return {
    assurance,
    description: "a test's",
    run: async (request) => {
      const outcome = { exitCode: 0, ended: "exited" as const, output: "", omittedBytes: 0, durationMs: 3 };
      return { ...outcome, ...run(request) };
    },
  };
}

/** Lets everything that is ready go on, also what waits for the next turn of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

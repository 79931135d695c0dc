import { onTestFinished } from "vitest";
import { digestOf } from "../../agent-host/core/digest.ts";
import { createBlobStore } from "../../agent-host/journal/blob-store.ts";
import type { Journal } from "../../agent-host/journal/journal.ts";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import type { Criterion, Phase } from "../../agent-host/protocol/phase.ts";
import type { Rules } from "../../agent-host/protocol/rules.ts";
import { createStore } from "../../agent-host/store/journal-store.ts";
import type { Store } from "../../agent-host/store/store.ts";
import { Changes } from "../../agent-host/team/changes.ts";
import { ControlLog } from "../../agent-host/team/control-log.ts";
import type { RunLog } from "../../agent-host/team/run-log.ts";
import { RunLogs } from "../../agent-host/team/run-logs.ts";
import { Runs } from "../../agent-host/team/runs.ts";
import { normalisePlan, normaliseResult } from "../../agent-host/tools/hand-back-input.ts";
import type { RunTrees } from "../../agent-host/workspace/run-trees.ts";
import { ManualClock, openIn } from "../unit/agent-host/journal/journal-fixture.ts";
import { shippedRules } from "./rules-fixture.ts";
import { onHub } from "./team-agents.ts";
import { chainOf, hostActor, modelOf, noLimits, person, sandboxOf, temporaryFolder } from "./team-run.ts";

export const changeRunId = "r-change-1";

/** Changes on real runs and a real journal, with trees of the test. */
export interface ChangeHost {
  readonly runs: Runs;
  readonly changes: Changes;
  readonly store: Store;
  readonly journal: Journal;
  readonly entries: Entry[];
  /** Paths that editors hold unsaved changes of. */
  readonly dirty: Set<string>;
  typesAfter(seq: number): string[];
  /** Resolves with the entry of this type that is the `count`th of the run. */
  seen(type: string, count?: number): Promise<Entry>;
}

export interface ChangeHostGiven {
  readonly trees: RunTrees;
  readonly folder?: string;
}

export async function changeHost({ trees, folder }: ChangeHostGiven): Promise<ChangeHost> {
  const directory = folder ?? (await temporaryFolder());
  const journal = await openIn(directory);
  const blobs = createBlobStore({ directory });
  const clock = new ManualClock();
  const entries: Entry[] = [];
  journal.subscribe((entry) => entries.push(entry));
  const isLive = (runId: string): boolean => runs.isLive(runId);
  const store = createStore({ journal, blobs, directory, isLive, clock, onError: () => undefined });
  const { hub, registry } = onHub([]);
  const rules = changeRules();
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
    newRunId: () => changeRunId,
    root: "/workspace",
    stateFolder: directory,
    rules: async () => ({ rules, checksum: digestOf(rules), parts: [], inert: null, refusals: [] }),
    detectCommands: async () => ({}),
    checkScript: () => undefined,
    defaultProvider: async () => null,
    planModels: async () => ({ plan: {}, warnings: [] }),
    checkAttachments: async () => undefined,
    dirtyPaths: async (paths) => paths.filter((path) => dirty.has(path)),
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
    onRunError: () => undefined,
    onRest: () => undefined,
  });
  onTestFinished(() => runs.pauseAll("the test ends"));
  const dirty = new Set<string>();
  const changes = new Changes({
    store,
    journal,
    clock,
    treesOf: () => trees,
    withLog: async (runId, act) => await runs.withLog(runId, act),
    whileAtRest: async (runId, act) => await runs.whileAtRest(runId, act),
    dirtyPaths: async (paths) => paths.filter((path) => dirty.has(path)),
  });
  const typesAfter = (seq: number): string[] =>
    entries.filter((entry) => entry.seq > seq).map(({ type }) => type);
  const seen = async (type: string, count = 1): Promise<Entry> =>
    await new Promise((resolve) => {
      const look = (): void => {
        const found = entries.filter((entry) => entry.type === type)[count - 1];
        if (found === undefined) return;
        subscription.dispose();
        resolve(found);
      };
      const subscription = journal.subscribe(look);
      look();
    });
  return { runs, changes, store, journal, entries, dirty, typesAfter, seen };
}

/** Three phases whose gates look at the tree; a person decides the second. */
function changeRules(): Rules {
  const rules = shippedRules();
  const gate = (phase: Phase, criteria: Criterion[]): Rules["phases"][Phase] => ({
    ...rules.phases[phase],
    criteria,
    tasks: [],
  });
  return {
    ...rules,
    profiles: { ...rules.profiles, change: ["implementation", "review", "delivery"] },
    phases: {
      ...rules.phases,
      implementation: gate("implementation", [{ kind: "artifactExists", artifact: "changes" }]),
      review: gate("review", [{ kind: "humanApproval", role: "reviewer" }]),
      delivery: gate("delivery", [{ kind: "tasksCompleted" }]),
    },
  };
}

/** Journals a run that has made `tree` and stands still before its first phase. */
export async function plannedChange(
  { journal, store }: Pick<ChangeHost, "journal" | "store">,
  { folder, trees, tree }: { folder: string; trees: RunTrees; tree: string },
): Promise<void> {
  const blobs = createBlobStore({ directory: folder });
  const log = new RunLogs({ journal, store, blobs }).begin(changeRunId);
  const rules = changeRules();
  const pinned = { rules, scope: rules.scope, budget: noLimits, commands: {} };
  const base = await trees.snapshot(new AbortController().signal);
  const created = {
    goal: await log.keep("Make it greet\nand more"),
    profile: "change" as const,
    provider: "scripted" as const,
    script: await log.keep("{}"),
    budget: noLimits,
  };
  const started = {
    phases: [...rules.profiles.change],
    rulesChecksum: digestOf(rules),
    pinned: await log.keep(JSON.stringify(pinned)),
    assurance: "sandboxed" as const,
    baseTree: base,
  };
  const changeSetId = "c-a-1";
  const files = await trees.changes(base, tree, new AbortController().signal);
  const kept = {
    files: await log.keep(JSON.stringify(files)),
    fileCount: files.length,
    added: 1,
    removed: 1,
  };
  await log.record([
    { type: "run.created", actor: person, data: created },
    { type: "run.started", actor: hostActor, data: started },
    {
      type: "changeset.created",
      taskId: "t-a",
      actor: hostActor,
      data: { changeSetId, base, result: tree, ...kept },
    },
    { type: "changeset.merged", taskId: "t-a", actor: hostActor, data: { changeSetId, tree } },
  ]);
  log.dispose();
}

/** A person passes the gate that is open. */
export async function passReview({ runs }: Pick<ChangeHost, "runs">): Promise<void> {
  await runs.withLog(changeRunId, async (log: RunLog) => {
    const gate = log.state.phases.find(({ phase }) => phase === "review")?.gate;
    const { gateId = "", treeHash = null } = gate ?? {};
    const data = { phase: "review" as const, decision: "passed" as const, criteria: [], gateId, treeHash };
    await log.record([{ type: "gate.decided", actor: person, data }]);
  });
}

import type { AgentEvent } from "../agents/agent.ts";
import { digestOf } from "../core/digest.ts";
import type { Journal } from "../journal/journal.ts";
import type { ChangeSet } from "../protocol/change-set.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Finding } from "../protocol/finding.ts";
import type { Actor } from "../protocol/journal.ts";
import { noUsage, type TaskResult, type TaskSpec } from "../protocol/task.ts";
import { reviewContentSchema } from "../protocol/task-content.ts";
import { checkResult } from "../rules/result.ts";
import type { AgentRegistry, RegisteredAgent } from "./agent-registry.ts";
import type { ChangeMerger } from "./change-merger.ts";
import { conflictTask, mayResolve, unresolvedFiles } from "./conflict-task.ts";
import type { Delegated, Delegation } from "./delegate.ts";
import type { DeskMaker } from "./desk-maker.ts";
import { FindingBatches, findingEntry } from "./finding-batches.ts";
import type { RunSetup } from "./run-setup.ts";
import type { TaskEnd } from "./schedule.ts";
import { contextOf } from "./task-contexts.ts";
import { isRetryable } from "./task-failure.ts";
import type { TaskTree } from "./task-tree.ts";

/** Progress of a task; shown, not journaled. */
export interface ProgressNote {
  readonly runId: string;
  readonly taskId: string;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface TaskRunnerOptions {
  readonly setup: RunSetup;
  readonly journal: Pick<Journal, "read">;
  readonly registry: AgentRegistry;
  readonly delegation: Delegation;
  /** null in a run without a model. */
  readonly desks: DeskMaker | null;
  readonly merger: ChangeMerger | null;
  onProgress(note: ProgressNote): void;
}

const leader: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const host: Actor = { kind: "system", id: "host", role: "host" };

/** Runs one task to its end: attempt by attempt, each judged by the program before it counts. */
export class TaskRunner {
  private readonly options: TaskRunnerOptions;

  constructor(options: TaskRunnerOptions) {
    this.options = options;
  }

  /** @throws what pauses the run; the signal's reason when it aborts. Then the task stays as it is and can go on. */
  async run(spec: TaskSpec, signal: AbortSignal): Promise<TaskEnd> {
    const { log, pinned } = this.options.setup;
    for (;;) {
      const before = log.state.tasksById[spec.taskId];
      // Under way when the host ended: the same attempt goes on.
      const isResumed = before?.status === "working";
      const attempt = (before?.attempt ?? 0) + (isResumed ? 0 : 1);
      const end = await this.attempt(spec, { attempt, isResumed }, signal);
      if (end !== "retry") return end;
      if (attempt >= pinned.rules.limits.attempts) return "failed";
    }
  }

  private async attempt(
    spec: TaskSpec,
    given: { attempt: number; isResumed: boolean },
    signal: AbortSignal,
  ): Promise<TaskEnd | "retry"> {
    const { setup, delegation, desks } = this.options;
    const made = (await desks?.make(spec, given, signal)) ?? null;
    const context = await contextOf(
      setup,
      spec,
      { desk: made?.desk ?? null, surroundings: made?.surroundings ?? [] },
      signal,
    );
    let findings: FindingBatches | null = null;
    const listener = {
      onStarting: async (agent: RegisteredAgent) => {
        findings = new FindingBatches(setup.log, { taskId: spec.taskId, actor: actorOf(agent) });
        await this.recordStart(spec, agent, { ...given, tree: made?.tree ?? null });
      },
      onEvent: (event: AgentEvent) => this.onAgentEvent(spec.taskId, event, findings),
    };
    const outcome = await delegation
      .run(context, listener, signal)
      // What a command still writes must not come into the tree after it was looked at.
      .finally(() => setup.work?.releaseTask(spec.taskId));
    if (outcome.kind === "refused") return await this.refuse(spec, outcome);
    // Assigned in a callback, which the control flow analysis does not see.
    const reported = findings as FindingBatches | null;
    await reported?.settled();
    if (outcome.kind === "failed") return await this.fail(spec, outcome, given.attempt);
    return await this.succeed(spec, outcome, { ...given, tree: made?.tree ?? null }, signal);
  }

  private async recordStart(
    spec: TaskSpec,
    agent: RegisteredAgent,
    { attempt, tree }: { attempt: number; tree: TaskTree | null },
  ): Promise<void> {
    const { log } = this.options.setup;
    const { taskId } = spec;
    const base = tree === null ? {} : { baseTree: tree.base };
    const working = { agentType: agent.agentType, from: "idle", to: "working" } as const;
    await log.record([
      { type: "task.started", taskId, actor: leader, data: { agentId: agent.agentId, attempt, ...base } },
      { type: "agent.stateChanged", taskId, actor: actorOf(agent), data: working },
    ]);
  }

  private async refuse(
    { taskId }: TaskSpec,
    { rule, reason }: Extract<Delegated, { kind: "refused" }>,
  ): Promise<TaskEnd> {
    const { log } = this.options.setup;
    const data = { rule, reason: await log.keep(reason) };
    await log.record([{ type: "task.refused", taskId, actor: host, outcome: "denied", data }]);
    return "failed";
  }

  private async succeed(
    spec: TaskSpec,
    outcome: Extract<Delegated, { kind: "done" }>,
    given: { attempt: number; isResumed: boolean; tree: TaskTree | null },
    signal: AbortSignal,
  ): Promise<TaskEnd | "retry"> {
    const { setup, merger } = this.options;
    const { taskId } = spec;
    const changeSetId = `c-${taskId.slice(2)}-${given.attempt}`;
    const mayWrite = spec.phase === "implementation" && merger !== null;
    const changeSet = mayWrite
      ? ((await given.tree?.collect({ taskId, changeSetId }, signal)) ?? null)
      : null;
    if (changeSet === null || merger === null) {
      await setup.log.record(await this.doneEntries(spec, outcome, null));
      return "done";
    }
    const { agentId, result } = outcome;
    const fault = (code: string, reason: string): Extract<Delegated, { kind: "failed" }> => {
      return { kind: "failed", agentId, code, reason };
    };
    const rules = { ...setup.pinned.rules, scope: setup.pinned.scope };
    const verdict = checkResult(spec, result, rules, changeSet.files);
    if (!verdict.valid) {
      const reason = `Its result does not count: ${verdict.reason}`;
      return await this.fail(spec, fault("result.invalid", reason), given.attempt);
    }
    const { trees } = merger;
    const unresolved = await unresolvedFiles(spec, changeSet, { trees, signal });
    if (unresolved.length > 0) {
      const reason = `Conflict markers are left in ${unresolved.slice(0, 5).join(", ")}`;
      return await this.fail(spec, fault("result.invalid", reason), given.attempt);
    }
    const actor = actorFor(spec, agentId);
    const after = await this.doneEntries(spec, outcome, changeSetId);
    const conflicts = await merger.merge(changeSet, { actor, after }, signal);
    if (conflicts.length === 0) return "done";
    if (mayResolve(spec)) {
      await this.resolveLater(spec, { changeSet, merger, actor, after }, signal);
      return "done";
    }
    const reason = `Its change contradicts that of another task in ${conflicts.slice(0, 5).join(", ")}`;
    return await this.fail(spec, fault("changeset.conflict", reason), given.attempt);
  }

  /** The work is done, and a task of its own brings it together with what others changed in the same lines. */
  private async resolveLater(
    spec: TaskSpec,
    given: { changeSet: ChangeSet; merger: ChangeMerger; actor: Actor; after: readonly EventDraft[] },
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.options.setup;
    const { changeSet, merger, actor, after } = given;
    const markers = await merger.withMarkers(changeSet, signal);
    const planned = conflictTask(spec, markers);
    const { taskId, phase, agentType, taskType, complexity, priority, contextHash } = planned;
    const what = { phase, agentType, taskType, complexity, priority, dependsOn: [], contextHash };
    const kept = { spec: await log.keep(JSON.stringify(planned)), title: "Resolve a conflict" };
    await log.record([
      await merger.created(changeSet, actor),
      { type: "task.planned", taskId, actor: leader, data: { ...what, ...kept } },
      ...after,
    ]);
  }

  private async fail(
    spec: TaskSpec,
    { agentId, code, reason }: Extract<Delegated, { kind: "failed" }>,
    attempt: number,
  ): Promise<TaskEnd | "retry"> {
    const { log, pinned } = this.options.setup;
    const retries = isRetryable(code) && attempt < pinned.rules.limits.attempts;
    const data = {
      agentId,
      status: "failed" as const,
      executionTimeMs: 0,
      confidence: 0,
      result: null,
      usage: log.state.tasksById[spec.taskId]?.usage ?? noUsage,
      summary: retries ? `failed (${code}), tried again` : `failed (${code})`,
      reason: await log.keep(reason),
      retries,
    };
    const actor = actorFor(spec, agentId);
    await log.record([
      { type: "task.finished", taskId: spec.taskId, actor, outcome: "failed", data },
      idleAgain(spec, actor),
    ]);
    return retries ? "retry" : "failed";
  }

  private async doneEntries(
    spec: TaskSpec,
    { agentId, result, summary }: Extract<Delegated, { kind: "done" }>,
    changeSetId: string | null,
  ): Promise<EventDraft[]> {
    const { log } = this.options.setup;
    const actor = actorFor(spec, agentId);
    const { taskId } = spec;
    const findings = reviewFindings(result);
    const changes = changeSetId === null ? {} : { changeSetId };
    const data = {
      agentId,
      status: "done" as const,
      executionTimeMs: result.executionTimeMs,
      confidence: result.confidence,
      result: await log.keep(JSON.stringify({ ...result, ...changes })),
      usage: log.state.tasksById[taskId]?.usage ?? result.usage,
      summary,
      ...changes,
    };
    return [
      // With the end of the task, or a host that ends in between would have them counted twice.
      ...(findings.length === 0 ? [] : [await findingEntry(log, { taskId, actor }, findings)]),
      { type: "task.finished", taskId, actor, outcome: "ok", data },
      idleAgain(spec, actor),
    ];
  }

  private onAgentEvent(taskId: string, event: AgentEvent, findings: FindingBatches | null): void {
    if (event.kind === "findings") findings?.add(event.findings);
    if (event.kind !== "progress") return;
    const { stage, done, total } = event;
    this.options.onProgress({ runId: this.options.setup.log.runId, taskId, stage, done, total });
  }
}

function reviewFindings({ content }: TaskResult): readonly Finding[] {
  const review = reviewContentSchema.safeParse(content);
  if (!review.success) return [];
  const { verdict, summary, findings } = review.data;
  const isBlocking = findings.some((each) => each.severity === "error");
  return verdict === "requestChanges" && !isBlocking ? [...findings, askedChanges(summary)] : findings;
}

/** Who asks for changes without naming an error means one all the same: the gate counts it. */
function askedChanges(summary: string): Finding {
  return {
    ruleId: "review/changes-requested",
    category: "structure",
    severity: "error",
    file: ".",
    range: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
    message: "The reviewer asks for changes",
    evidence: summary.slice(0, 2_000),
    why: "",
    remedy: "Do what the review asks for, or send the work back with other words",
    related: [],
    fingerprint: digestOf(["review/changes-requested", summary]).slice(0, 32),
  };
}

function idleAgain(spec: TaskSpec, actor: Actor): EventDraft {
  const idle = { agentType: spec.agentType, from: "working", to: "idle" } as const;
  return { type: "agent.stateChanged", taskId: spec.taskId, actor, data: idle };
}

function actorFor(spec: TaskSpec, agentId: string): Actor {
  return { kind: "agent", id: agentId, role: spec.agentType };
}

function actorOf(agent: RegisteredAgent): Actor {
  return { kind: "agent", id: agent.agentId, role: agent.agentType };
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { AgentContext, AgentEvent } from "../agents/agent.ts";
import { HostError } from "../core/host-error.ts";
import type { EventDraft } from "../protocol/events.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Phase } from "../protocol/phase.ts";
import type { TaskState } from "../protocol/state/schemas.ts";
import { noUsage, type TaskSpec, type TaskType, taskResultSchema, taskSpecSchema } from "../protocol/task.ts";
import { evaluateGate, gatePasses } from "../rules/gate.ts";
import { phaseRule, type Rules } from "../rules/phases.ts";
import { checkPlan } from "../rules/plan.ts";
import type { AgentRegistry, RegisteredAgent } from "./agent-registry.ts";
import type { Delegation } from "./delegate.ts";
import { FindingBatches } from "./finding-batches.ts";
import { planAnalysis } from "./plan-analysis.ts";
import type { RunLog } from "./run-log.ts";
import { schedule, type TaskEnd } from "./schedule.ts";

/** Progress of a task; shown, not journaled. */
export interface ProgressNote {
  readonly runId: string;
  readonly taskId: string;
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface TeamLeaderOptions {
  readonly log: RunLog;
  readonly delegation: Delegation;
  readonly registry: AgentRegistry;
  readonly rules: Rules;
  readonly rulesChecksum: string;
  /** Root of the workspace. */
  readonly root: string;
  readonly runFolder: string;
  onProgress(note: ProgressNote): void;
}

/** How a run ended, before its last entry is written. */
export interface RunEnd {
  readonly status: "done" | "failed";
  readonly exitCode: number;
  readonly reason?: string;
}

const maxParallelTasks = 4;
const leader: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const host: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Walks one run through its phases. It keeps no progress of its own: each step looks at the state folded from
 * the journal, so a run that was interrupted anywhere goes on from what is durable.
 */
export class TeamLeader {
  private readonly options: TeamLeaderOptions;
  private readonly log: RunLog;

  constructor(options: TeamLeaderOptions) {
    this.options = options;
    this.log = options.log;
  }

  /** @throws the signal's reason when the run shall stop; HostError when the journal refuses. */
  async walk(signal: AbortSignal): Promise<RunEnd> {
    const plan = await this.plannedTasks();
    if (!Array.isArray(plan)) return plan;
    for (const { phase, status } of this.log.state.phases) {
      if (status === "passed") continue;
      signal.throwIfAborted();
      const end = await this.walkPhase(phase, plan, signal);
      if (end !== null) return end;
    }
    return { status: "done", exitCode: exitCodes.done };
  }

  /** The run's plan: from the journal if it was made before, else made, checked and journaled now. */
  private async plannedTasks(): Promise<TaskSpec[] | RunEnd> {
    const { state } = this.log;
    const known = Object.values(state.tasksById);
    if (known.length > 0) return await Promise.all(known.map((task) => this.specOf(task)));
    const { rules, rulesChecksum, registry } = this.options;
    const phases = rules.profiles[state.profile];
    if (state.phases.length === 0) {
      await this.log.record([
        { type: "run.started", actor: leader, data: { phases: [...phases], rulesChecksum } },
      ]);
    }
    const planned = planAnalysis({ runId: state.runId, goal: state.goal, rulesChecksum });
    const plan = planned.map((task) => task.spec);
    const verdict = checkPlan(plan, { rules, phases, agents: registry.capabilities });
    if (!verdict.allowed) {
      return {
        status: "failed",
        exitCode: exitCodes.failed,
        reason: `The plan was refused by ${verdict.rule}: ${verdict.reason}`,
      };
    }
    const drafts = await Promise.all(
      planned.map(async ({ spec, title }): Promise<EventDraft> => {
        const { phase, agentType, taskType, complexity, priority, dependsOn, contextHash } = spec;
        const data = { phase, agentType, taskType, complexity, priority, dependsOn, contextHash, title };
        return {
          type: "task.planned",
          taskId: spec.taskId,
          actor: leader,
          data: { ...data, spec: await this.log.keep(JSON.stringify(spec)) },
        };
      }),
    );
    await this.log.record(drafts);
    return plan;
  }

  private async specOf(task: TaskState): Promise<TaskSpec> {
    if (task.spec === null)
      throw new HostError("task.specMissing", `${task.taskId} has no specification in the journal`);
    return taskSpecSchema.parse(JSON.parse(await this.log.recall(task.spec)));
  }

  /** @returns how the run ends here, or null to go on with the next phase. */
  private async walkPhase(
    phase: Phase,
    plan: readonly TaskSpec[],
    signal: AbortSignal,
  ): Promise<RunEnd | null> {
    const { state } = this.log;
    const index = state.phases.findIndex((each) => each.phase === phase);
    if (state.phases[index]?.status === "waiting") {
      const data = { phase, index: index + 1, of: state.phases.length };
      await this.log.record([{ type: "phase.entered", actor: leader, data }]);
    }
    const done = Object.values(this.log.state.tasksById).filter((task) => task.status === "done");
    await schedule(
      plan.filter((task) => task.phase === phase),
      {
        maxParallel: maxParallelTasks,
        done: new Set(done.map((task) => task.taskId)),
        run: (task) => this.runTask(task, signal),
      },
    );
    return await this.decideGate(phase);
  }

  private async decideGate(phase: Phase): Promise<RunEnd | null> {
    const criteria = [...(phaseRule(this.options.rules, phase)?.criteria ?? [])];
    const artifacts = (await exists(join(this.options.runFolder, "report.md"))) ? ["report"] : [];
    const evidence = evaluateGate(criteria, { run: this.log.state, phase, artifacts });
    const passed = gatePasses(evidence);
    const decision = passed ? "passed" : "failed";
    const outcome = passed ? "ok" : "failed";
    await this.log.record([
      {
        type: "gate.evaluated",
        actor: host,
        outcome,
        data: { phase, rulesChecksum: this.options.rulesChecksum, evidence },
      },
      { type: "gate.decided", actor: host, outcome, data: { phase, decision, criteria } },
      ...(passed ? [{ type: "phase.left" as const, actor: leader, data: { phase } }] : []),
    ]);
    if (passed) return null;
    const failed = Object.values(this.log.state.tasksById).find(
      (task) => task.phase === phase && task.status !== "done",
    );
    if (failed !== undefined) {
      const reason = `${failed.title}: ${failed.summary || `the task is ${failed.status}`}`;
      return { status: "failed", exitCode: exitCodes.failed, reason };
    }
    const why = evidence.flatMap((each) => (each.reason === undefined ? [] : [each.reason]));
    return {
      status: "failed",
      exitCode: exitCodes.gateFailed,
      reason: `The gate of ${phase} did not pass: ${why.join("; ")}`,
    };
  }

  private async runTask(spec: TaskSpec, signal: AbortSignal): Promise<TaskEnd> {
    const { taskId } = spec;
    const attempt = (this.log.state.tasksById[taskId]?.attempt ?? 0) + 1;
    let findings: FindingBatches | null = null;
    const outcome = await this.options.delegation.run(
      await this.contextOf(spec),
      {
        onStarting: async (agent) => {
          const actor = actorOf(agent);
          findings = new FindingBatches(this.log, { taskId, actor });
          await this.log.record([
            { type: "task.started", taskId, actor: leader, data: { agentId: agent.agentId, attempt } },
            {
              type: "agent.stateChanged",
              taskId,
              actor,
              data: { agentType: agent.agentType, from: "idle", to: "working" },
            },
          ]);
        },
        onEvent: (event) => this.onAgentEvent(taskId, event, findings),
      },
      signal,
    );
    if (outcome.kind === "refused") {
      const data = { rule: outcome.rule, reason: await this.log.keep(outcome.reason) };
      await this.log.record([{ type: "task.refused", taskId, actor: host, outcome: "denied", data }]);
      return "failed";
    }
    // Assigned in a callback, which the control flow analysis does not see.
    await (findings as FindingBatches | null)?.settled();
    const actor: Actor = { kind: "agent", id: outcome.agentId, role: spec.agentType };
    const isDone = outcome.kind === "done";
    await this.log.record([
      {
        type: "task.finished",
        taskId,
        actor,
        outcome: isDone ? "ok" : "failed",
        data: {
          agentId: outcome.agentId,
          status: isDone ? "done" : "failed",
          executionTimeMs: isDone ? outcome.result.executionTimeMs : 0,
          confidence: isDone ? outcome.result.confidence : 0,
          result: isDone ? await this.log.keep(JSON.stringify(outcome.result)) : null,
          usage: isDone ? outcome.result.usage : noUsage,
          summary: isDone ? outcome.summary : "failed",
          ...(isDone ? {} : { reason: await this.log.keep(outcome.reason) }),
        },
      },
      {
        type: "agent.stateChanged",
        taskId,
        actor,
        data: { agentType: spec.agentType, from: "working", to: "idle" },
      },
    ]);
    return isDone ? "done" : "failed";
  }

  private onAgentEvent(taskId: string, event: AgentEvent, findings: FindingBatches | null): void {
    if (event.kind === "findings") findings?.add(event.findings);
    else
      this.options.onProgress({
        runId: this.log.runId,
        taskId,
        stage: event.stage,
        done: event.done,
        total: event.total,
      });
  }

  private async contextOf(spec: TaskSpec): Promise<AgentContext> {
    const { state } = this.log;
    const inputs = new Map<TaskType, unknown>();
    for (const id of spec.dependsOn) {
      const task = state.tasksById[id];
      if (task?.result === null || task?.result === undefined) continue;
      const result = taskResultSchema.parse(JSON.parse(await this.log.recall(task.result)));
      inputs.set(task.taskType, result.content);
    }
    return {
      taskSpec: spec,
      root: this.options.root,
      runFolder: this.options.runFolder,
      goal: state.goal,
      inputs,
      overview: {
        runId: state.runId,
        profile: state.profile,
        provider: state.provider,
        createdAt: state.createdAt,
        phases: state.phases.map(({ phase, status }) => ({ phase, decision: status })),
        tasks: Object.values(state.tasksById).map((task) => ({
          title: task.title,
          agentType: task.agentType,
          phase: task.phase,
          status: task.status,
          summary: task.summary,
          ms:
            task.startedAt !== null && task.finishedAt !== null
              ? Date.parse(task.finishedAt) - Date.parse(task.startedAt)
              : null,
        })),
      },
    };
  }
}

function actorOf(agent: RegisteredAgent): Actor {
  return { kind: "agent", id: agent.agentId, role: agent.agentType };
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
}

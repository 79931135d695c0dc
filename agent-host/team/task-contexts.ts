import type { AgentContext, TaskDesk } from "../agents/agent.ts";
import type { TaskState } from "../protocol/state/schemas.ts";
import { type TaskSpec, type TaskType, taskResultSchema } from "../protocol/task.ts";
import type { ContextPart, RunSetup } from "./run-setup.ts";

const maxDiffBytes = 24 * 1_024;

/** Everything an agent is told when it starts: what it depends on, and for a reviewer the change itself. */
export async function contextOf(
  setup: RunSetup,
  spec: TaskSpec,
  given: { desk: TaskDesk | null; surroundings: readonly ContextPart[] },
  signal: AbortSignal,
): Promise<AgentContext> {
  const { state } = setup.log;
  return {
    taskSpec: withFailure(spec, state.tasksById[spec.taskId]),
    root: setup.root,
    runFolder: setup.runFolder,
    goal: state.goal,
    desk: given.desk,
    surroundings: given.surroundings,
    inputs: await inputsOf(setup, spec, signal),
    overview: {
      change: spec.taskType === "delivery.report" ? await changeOf(setup, signal) : null,
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

/** What kept the attempt before from counting, so that the next one does not repeat it. */
function withFailure(spec: TaskSpec, task: TaskState | undefined): TaskSpec {
  const isAgain = task?.status === "failed" || (task?.status === "working" && task.attempt > 1);
  if (!isAgain || task.summary === "") return spec;
  return { ...spec, metadata: { ...spec.metadata, previousFailure: task.summary } };
}

async function changeOf(
  { log, work }: RunSetup,
  signal: AbortSignal,
): Promise<AgentContext["overview"]["change"]> {
  const { baseTree, tree, appliedTree, assurance, usage, phases } = log.state;
  if (work === null || baseTree === null || tree === null) return null;
  return {
    files: baseTree === tree ? [] : await work.trees.changes(baseTree, tree, signal),
    isApplied: appliedTree === tree,
    assurance,
    usage,
    gates: phases.flatMap(({ phase, status, gate }) =>
      gate === null ? [] : [{ phase, decision: status, by: gate.decidedBy, treeHash: gate.treeHash }],
    ),
  };
}

async function inputsOf(
  setup: RunSetup,
  spec: TaskSpec,
  signal: AbortSignal,
): Promise<ReadonlyMap<TaskType, unknown>> {
  const { log, work } = setup;
  const inputs = new Map<TaskType, unknown>();
  for (const id of spec.dependsOn) {
    const task = log.state.tasksById[id];
    if (task?.result === null || task?.result === undefined) continue;
    const result = taskResultSchema.parse(JSON.parse(await log.recall(task.result)));
    inputs.set(task.taskType, result.content);
  }
  const { baseTree, tree } = log.state;
  const isAboutChange = spec.phase === "review" || spec.phase === "verification";
  if (work !== null && isAboutChange && baseTree !== null && tree !== null && tree !== baseTree) {
    const diff = await work.trees.diff({ base: baseTree, tree, maxBytes: maxDiffBytes }, signal);
    inputs.set("implementation.code", { diff: setup.clean(diff) });
  }
  return inputs;
}

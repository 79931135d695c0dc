import * as z from "zod";
import { lenientObject } from "./tool-input.ts";

const plannedTaskSchema = lenientObject(
  {
    taskId: z.string().min(1).max(200).optional().describe("Short name, unique in the plan: t-add-endpoint"),
    title: z.string().max(500).optional().describe("A few words for people"),
    agentType: z.string().min(1).max(100).describe("Who does it: back-end-coder, front-end-coder, tester, …"),
    taskType: z.string().max(100).optional().describe("What kind of task: implementation.code, …"),
    phase: z.string().max(100).optional().describe("Phase it belongs to; follows from the task type"),
    task: z
      .string()
      .min(1)
      .max(20_000)
      .describe("The whole instruction; the agent sees nothing else of the plan"),
    complexity: z.number().default(3).describe("1 (trivial) to 10"),
    priority: z.number().default(5).describe("10 is the most urgent"),
    dependsOn: z
      .array(z.string().max(200))
      .max(1_000)
      .default([])
      .describe("taskIds that must be done before"),
    paths: z.array(z.string().max(4_096)).max(1_000).optional().describe("Globs of the files it may write"),
    scope: z.object({ paths: z.array(z.string().max(4_096)).max(1_000).optional() }).optional(),
  },
  {
    id: "taskId",
    task_id: "taskId",
    name: "title",
    agent: "agentType",
    agent_type: "agentType",
    type: "taskType",
    task_type: "taskType",
    description: "task",
    instruction: "task",
    instructions: "task",
    depends_on: "dependsOn",
    dependencies: "dependsOn",
    files: "paths",
  },
);

/** A task as the leader's model planned it; whether it can be is for the planner to say. */
export interface PlannedTaskInput {
  readonly taskId: string | null;
  readonly title: string | null;
  readonly agentType: string;
  readonly taskType: string | null;
  readonly phase: string | null;
  readonly task: string;
  readonly complexity: number;
  readonly priority: number;
  readonly dependsOn: readonly string[];
  /** Globs it may write; empty: nothing was said. */
  readonly paths: readonly string[];
}

// Far above what any rules allow: a plan of thousands is refused as a plan, with a reason that is journaled.
const planSchema = z.object({ tasks: z.array(plannedTaskSchema).min(1).max(100_000) });

/** Hands the plan to the program, which checks it. Carried out by the team, not by a tool. */
export const planTasksTool = {
  name: "plan_tasks",
  description:
    "Hand over the plan: the tasks that do the work, as a graph without cycles. Each task must make sense by itself. " +
    "The program checks phases, agents, scope and budget; a refused plan comes back with the reason and can be made anew.",
  input: z.preprocess((value) => (Array.isArray(value) ? { tasks: value } : value), planSchema),
} as const;

/** The plan in one form, however the model spelled it. */
export function plannedTasksOf({ tasks }: z.output<typeof planSchema>): PlannedTaskInput[] {
  return tasks.map(
    ({ scope, paths, taskId = null, title = null, taskType = null, phase = null, ...task }) => {
      return { ...task, taskId, title, taskType, phase, paths: paths ?? scope?.paths ?? [] };
    },
  );
}

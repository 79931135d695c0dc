import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import { noUsage } from "../protocol/task.ts";
import { settleLostCalls } from "./model-calls.ts";
import type { RunLog } from "./run-log.ts";

/** How a run ends. */
export interface RunFinish {
  readonly status: "done" | "failed" | "cancelled";
  readonly exitCode: number;
  readonly reason?: string;
}

const host: Actor = { kind: "system", id: "host", role: "host" };

/** Writes a run's end, with that of the tasks and calls that were under way. */
export async function finishRun(log: RunLog, end: RunFinish, actor: Actor): Promise<void> {
  const { status, exitCode, reason } = end;
  const lost = settleLostCalls(log.state.budget.reserved, host);
  if (lost.length > 0) await log.record(lost);
  const tasks = Object.values(log.state.tasksById);
  const hasReport = tasks.some((task) => task.taskType === "delivery.report" && task.status === "done");
  const stopped = tasks.filter((task) => task.status === "working");
  await log.record([
    ...stopped.map(
      (task): EventDraft => ({
        type: "task.finished",
        taskId: task.taskId,
        actor: host,
        outcome: "cancelled",
        data: {
          agentId: task.agentType,
          status: "cancelled",
          executionTimeMs: 0,
          confidence: 0,
          result: null,
          usage: noUsage,
          summary: "stopped with its run",
        },
      }),
    ),
    {
      type: "run.finished",
      actor,
      outcome: status === "done" ? "ok" : status,
      data: {
        status,
        exitCode,
        report: hasReport ? `runs/${log.runId}/report.md` : null,
        usage: log.state.usage,
        ...(reason === undefined ? {} : { reason: await log.keep(reason) }),
      },
    },
  ]);
}

import * as vscode from "vscode";
import { agentNames } from "../../agent-host/protocol/display.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";
import type { TaskRef } from "../../agent-host/protocol/task-view.ts";
import { isRunRef } from "../team.ts";
import { type Command, requestLimitMs } from "./command.ts";
import { pickRun } from "./pick.ts";

/** Shows what a task said and heard: that of the row, or one that a person chooses. */
export const openTask: Command = async (context, argument) => {
  const ref = isTaskRef(argument) ? argument : await pickTask(context, argument);
  if (ref === undefined) return;
  const { workspaceId, runId, taskId } = ref;
  await context.tasks.show({ workspaceId, runId, taskId });
};

const pickTask = async (
  { team }: Parameters<Command>[0],
  argument: unknown,
): Promise<TaskRef | undefined> => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("The task of which run?"),
    none: vscode.l10n.t("There is no run yet."),
    fits: (run) => run.tasks.total > 0,
  });
  if (picked === undefined) return undefined;
  const { workspaceId } = picked.session;
  const { runId } = picked.run;
  const run = await picked.session.run(runId, AbortSignal.timeout(requestLimitMs));
  const chosen = await vscode.window.showQuickPick(taskItems(run), {
    placeHolder: vscode.l10n.t("Which task?"),
    matchOnDescription: true,
  });
  return chosen === undefined ? undefined : { workspaceId, runId, taskId: chosen.taskId };
};

/** The newest first, those at work before all others. */
function taskItems({ tasksById }: RunState): (vscode.QuickPickItem & { taskId: string })[] {
  const tasks = Object.values(tasksById).reverse();
  const isWorking = (status: string): number => (status === "working" ? 0 : 1);
  return tasks
    .sort((a, b) => isWorking(a.status) - isWorking(b.status))
    .map(({ taskId, title, agentType, phase, status }) => ({
      label: title,
      description: [agentNames[agentType], phase, vscode.l10n.t(status)].join(" · "),
      taskId,
    }));
}

function isTaskRef(value: unknown): value is TaskRef {
  return isRunRef(value) && "taskId" in value && typeof value.taskId === "string";
}

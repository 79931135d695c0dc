import * as vscode from "vscode";
import { type Command, requestLimitMs } from "./command.ts";
import { pickRun } from "./pick.ts";

/** Deletes a run's texts and report after asking; the journal keeps that it existed and was deleted. */
export const deleteRun: Command = async ({ team }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Which run shall be deleted?"),
    none: vscode.l10n.t("There is no finished run to delete."),
    fits: (run) => run.finishedAt !== null,
  });
  if (picked === undefined) return;
  const { session, run } = picked;
  const remove = vscode.l10n.t("Delete");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t("Delete the run “{0}”?", run.title),
    {
      modal: true,
      detail: vscode.l10n.t(
        "Its goal, findings and report are deleted and cannot be brought back. The audit log keeps its entries and still verifies.",
      ),
    },
    remove,
  );
  if (chosen !== remove) return;
  await session.request("run/delete", { runId: run.runId }, AbortSignal.timeout(requestLimitMs));
};

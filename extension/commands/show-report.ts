import * as vscode from "vscode";
import { showReport as openReport } from "../panels/report.ts";
import type { Command } from "./command.ts";
import { pickRun } from "./pick.ts";

/** Opens the report of a finished run. */
export const showReport: Command = async ({ team }, argument) => {
  const picked = await pickRun(team, argument, {
    placeHolder: vscode.l10n.t("Report of which run?"),
    none: vscode.l10n.t("No run has a report yet."),
    fits: (run) => run.status === "done",
  });
  if (picked !== undefined) await openReport(picked.session, picked.run.runId);
};

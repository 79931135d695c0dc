import * as vscode from "vscode";
import type { VerifyReport } from "../../agent-host/protocol/journal.ts";
import type { FolderSession } from "../host/folder-session.ts";
import { brokenText } from "../views/audit-model.ts";
import { rowLanguage } from "../views/tree-item.ts";
import type { Command } from "./command.ts";
import { pickFolder } from "./pick.ts";

const verifyLimitMs = 10 * 60_000;

/** Checks the whole chain of a folder's journal. */
export const verifyAuditLog: Command = async ({ team, audit }) => {
  const session = await pickFolder(team);
  if (session === undefined) return;
  const report = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Agent Team: verifying the audit log"),
      cancellable: true,
    },
    (_progress, token) => verify(session, token),
  );
  audit.setVerdict(session, report);
  await tellVerdict(report);
};

async function verify(session: FolderSession, token: vscode.CancellationToken): Promise<VerifyReport> {
  const cancelled = new AbortController();
  token.onCancellationRequested(() => cancelled.abort());
  const signal = AbortSignal.any([cancelled.signal, AbortSignal.timeout(verifyLimitMs)]);
  return await session.request("audit/verify", {}, signal);
}

async function tellVerdict(report: VerifyReport): Promise<void> {
  const { t } = rowLanguage();
  const show = t("Show Audit Log");
  const warnings = report.warnings.map((warning) => ` ${warning}.`).join("");
  const isSound = report.status === "ok" || report.status === "torn";
  const chosen = isSound
    ? await vscode.window.showInformationMessage(
        t("The audit log is sound: {0} entries chain.", report.entries) + warnings,
        show,
      )
    : await vscode.window.showErrorMessage(
        `${brokenText(report, t)}. ${report.firstBad?.reason ?? ""} ${t("Nothing after it can be trusted.")}`,
        show,
      );
  if (chosen === show) await vscode.commands.executeCommand("agentTeam.audit.focus");
}

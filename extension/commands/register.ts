import * as vscode from "vscode";
import { analyzeWorkspace } from "./analyze-workspace.ts";
import { cancelRun } from "./cancel-run.ts";
import type { Command, CommandContext } from "./command.ts";
import { deleteRun } from "./delete-run.ts";
import { copyEntry, openEntry } from "./open-entry.ts";
import { copyId, newRun, openRun, readRunStatus } from "./open-run.ts";
import { pauseRun } from "./pause-run.ts";
import { refreshAuditLog, showEarlierEntries } from "./refresh-audit-log.ts";
import { reportProblem } from "./report-problem.ts";
import { restartHost } from "./restart-host.ts";
import { resumeRun } from "./resume-run.ts";
import { approve, copyWaitingId, refreshGates, reject, reviewGate, reviewNext } from "./review.ts";
import { clearFindings, showFindings } from "./show-findings.ts";
import { showLogs } from "./show-logs.ts";
import { showReport } from "./show-report.ts";
import { startRun } from "./start-run.ts";
import { steerRun } from "./steer-run.ts";
import { verifyAuditLog } from "./verify-audit-log.ts";

/** Every command by the id that package.json declares. */
const commands: Readonly<Record<string, Command>> = {
  "agentTeam.startRun": startRun,
  "agentTeam.newRun": newRun,
  "agentTeam.analyzeWorkspace": analyzeWorkspace,
  "agentTeam.cancelRun": cancelRun,
  "agentTeam.resumeRun": resumeRun,
  "agentTeam.pauseRun": pauseRun,
  "agentTeam.steerRun": steerRun,
  "agentTeam.reviewNext": reviewNext,
  "agentTeam.reviewGate": reviewGate,
  "agentTeam.approve": approve,
  "agentTeam.reject": reject,
  "agentTeam.refreshGates": refreshGates,
  "agentTeam.copyWaitingId": copyWaitingId,
  "agentTeam.deleteRun": deleteRun,
  "agentTeam.openRun": openRun,
  "agentTeam.copyId": copyId,
  "agentTeam.showReport": showReport,
  "agentTeam.showFindings": showFindings,
  "agentTeam.clearFindings": clearFindings,
  "agentTeam.verifyAuditLog": verifyAuditLog,
  "agentTeam.refreshAuditLog": refreshAuditLog,
  "agentTeam.showEarlierEntries": showEarlierEntries,
  "agentTeam.openEntry": openEntry,
  "agentTeam.copyEntry": copyEntry,
  "agentTeam.restartHost": restartHost,
  "agentTeam.showLogs": showLogs,
  "agentTeam.readRunStatus": readRunStatus,
};

export function registerCommands(context: CommandContext): vscode.Disposable[] {
  return Object.entries(commands).map(([id, command]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        await command(context, argument);
      } catch (error) {
        await reportProblem(context.team, error);
      }
    }),
  );
}

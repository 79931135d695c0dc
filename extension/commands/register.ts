import * as vscode from "vscode";
import { analyzeWorkspace } from "./analyze-workspace.ts";
import { cancelRun } from "./cancel-run.ts";
import { clearApiKey } from "./clear-api-key.ts";
import type { Command, CommandContext } from "./command.ts";
import { deleteRun } from "./delete-run.ts";
import { discardFile, discardHunk } from "./discard-part.ts";
import { keepFile, keepHunk, showHunkActions } from "./keep-part.ts";
import { listChanges, openChanges } from "./open-changes.ts";
import { copyEntry, openEntry } from "./open-entry.ts";
import { copyId, newRun, openRun, readRunStatus } from "./open-run.ts";
import { openTask } from "./open-task.ts";
import { pauseRun } from "./pause-run.ts";
import { refreshAuditLog, showEarlierEntries } from "./refresh-audit-log.ts";
import { reportProblem } from "./report-problem.ts";
import { restartHost } from "./restart-host.ts";
import { resumeRun } from "./resume-run.ts";
import { approve, copyWaitingId, refreshGates, reject, reviewGate, reviewNext } from "./review.ts";
import {
  addReviewComment,
  cancelReviewComment,
  commentHunk,
  deleteReviewComment,
  editReviewComment,
  saveReviewComment,
  sendBack,
} from "./review-comment.ts";
import { setApiKey } from "./set-api-key.ts";
import { clearFindings, showFindings } from "./show-findings.ts";
import { showLogs } from "./show-logs.ts";
import { showReport } from "./show-report.ts";
import { startRun } from "./start-run.ts";
import { steerRun } from "./steer-run.ts";
import { redoChange, undoChange } from "./undo-change.ts";
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
  "agentTeam.openChanges": openChanges,
  "agentTeam.listChanges": listChanges,
  "agentTeam.keepHunk": keepHunk,
  "agentTeam.keepFile": keepFile,
  "agentTeam.showHunkActions": showHunkActions,
  "agentTeam.discardHunk": discardHunk,
  "agentTeam.discardFile": discardFile,
  "agentTeam.commentHunk": commentHunk,
  "agentTeam.addReviewComment": addReviewComment,
  "agentTeam.editReviewComment": editReviewComment,
  "agentTeam.saveReviewComment": saveReviewComment,
  "agentTeam.cancelReviewComment": cancelReviewComment,
  "agentTeam.deleteReviewComment": deleteReviewComment,
  "agentTeam.sendBack": sendBack,
  "agentTeam.undoChange": undoChange,
  "agentTeam.redoChange": redoChange,
  "agentTeam.deleteRun": deleteRun,
  "agentTeam.openRun": openRun,
  "agentTeam.openTask": openTask,
  "agentTeam.copyId": copyId,
  "agentTeam.showReport": showReport,
  "agentTeam.showFindings": showFindings,
  "agentTeam.clearFindings": clearFindings,
  "agentTeam.verifyAuditLog": verifyAuditLog,
  "agentTeam.refreshAuditLog": refreshAuditLog,
  "agentTeam.showEarlierEntries": showEarlierEntries,
  "agentTeam.openEntry": openEntry,
  "agentTeam.copyEntry": copyEntry,
  "agentTeam.setApiKey": setApiKey,
  "agentTeam.clearApiKey": clearApiKey,
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

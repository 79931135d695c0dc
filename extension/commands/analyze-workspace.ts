import * as vscode from "vscode";
import { teamWords } from "../../agent-host/protocol/team-words.ts";
import type { Command } from "./command.ts";
import { pickFolder } from "./pick.ts";
import { startWith } from "./start-run.ts";

/** Starts an analysis of a whole folder without asking for a goal. */
export const analyzeWorkspace: Command = async (context) => {
  const session = await pickFolder(context.team);
  if (session !== undefined)
    await startWith(context, session, vscode.l10n.t(teamWords.analyzeGoal), {
      profile: "analysis",
      provider: "offline",
    });
};

import * as vscode from "vscode";
import type { Team } from "../team.ts";
import { rulesNews, workspaceRulesPath } from "./rules-problems-model.ts";

/** Shows in the Problems panel why a folder's rules were refused, at their line, until they load. */
export class RulesProblems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("agent-team-rules");
  private readonly subscription: vscode.Disposable;

  constructor(team: Team) {
    this.subscription = team.onEvent((event) => {
      if (event.kind === "folders" || event.event.kind !== "entry") return;
      const news = rulesNews(event.event.delivered.entry);
      if (news === null) return;
      const uri = vscode.Uri.joinPath(vscode.Uri.file(event.session.folder), workspaceRulesPath);
      if (news.kind === "loaded") this.collection.delete(uri);
      else this.collection.set(uri, [refusal(news.line, news.reason)]);
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }
}

function refusal(line: number, reason: string): vscode.Diagnostic {
  const range = new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER);
  const diagnostic = new vscode.Diagnostic(range, reason, vscode.DiagnosticSeverity.Error);
  diagnostic.source = "Agent Team";
  diagnostic.code = "rules.refused";
  return diagnostic;
}

import * as vscode from "vscode";
import { isHostError, messageOf } from "../../agent-host/core/host-error.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { Team } from "../team.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type ChangeSide, changeScheme, changeSideOf, changeUriParts, runKey } from "./change-uri.ts";
import type { RunChanges } from "./run-changes.ts";
import { sideText } from "./side-text.ts";

const readLimitMs = 60_000;
/** Its last part was discarded while it was open, or the run with all it changed was. */
const goneCodes: ReadonlySet<string> = new Set(["change.unknownPart", "change.none", "run.unknown"]);

/** The two sides of changed files as read-only documents, in the language of their names. */
export class ChangeDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly loaded = new vscode.EventEmitter<ChangeSide>();
  private readonly team: Team;
  private readonly changes: RunChanges;
  private readonly subscriptions: { dispose(): void }[];
  readonly onDidChange = this.changed.event;
  /** The places of this file are known from now on. */
  readonly onDidLoad = this.loaded.event;

  constructor(team: Team, changes: RunChanges) {
    this.team = team;
    this.changes = changes;
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(changeScheme, this),
      changes.onChange.subscribe((run) => this.refresh(run)),
      this.changed,
      this.loaded,
    ];
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const named = changeSideOf(uri);
    const session = named === null ? undefined : (await this.team.workspaces()).get(named.workspaceId);
    if (named === null || session === undefined) {
      return vscode.l10n.t("The folder of this change is not open in the window.");
    }
    const signal = AbortSignal.timeout(readLimitMs);
    try {
      const [files, change] = await Promise.all([
        this.changes.files(named, session, signal),
        this.changes.file(named, named.path, session, signal),
      ]);
      this.loaded.fire(named);
      const file = files.find(({ path }) => path === named.path);
      return sideText(change, file, named.side, rowLanguage().t);
    } catch (error) {
      if (isHostError(error) && goneCodes.has(error.code)) {
        return vscode.l10n.t("This file is no longer part of the change.");
      }
      this.team.log.warn(`${named.path} of ${named.runId} cannot be shown: ${messageOf(error)}`);
      return vscode.l10n.t("This file cannot be shown: {0}", messageOf(error));
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private refresh(run: RunRef): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      const named = changeSideOf(uri);
      if (named !== null && runKey(named) === runKey(run)) this.changed.fire(uri);
    }
  }
}

export function changeUri(named: ChangeSide): vscode.Uri {
  return vscode.Uri.from(changeUriParts(named));
}

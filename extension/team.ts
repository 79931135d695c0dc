import * as vscode from "vscode";
import type { RunRef } from "../agent-host/protocol/webview.ts";
import type { FolderSession } from "./host/folder-session.ts";
import type { Workspaces, WorkspacesEvent } from "./host/workspaces.ts";
import { ApiKeys } from "./models/api-keys.ts";

/** What of the extension's context the window's work needs. */
export type TeamContext = Pick<
  vscode.ExtensionContext,
  "extensionUri" | "secrets" | "languageModelAccessInformation"
>;

/** What commands and views share. Light: everything heavy is loaded by the first call of `workspaces`. */
export class Team {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly apiKeys: ApiKeys;
  private readonly context: TeamContext;
  private loading: Promise<Workspaces> | undefined;
  private loaded: Workspaces | undefined;
  private readonly listeners = new Set<(event: WorkspacesEvent) => void>();

  constructor(context: TeamContext, log: vscode.LogOutputChannel) {
    this.context = context;
    this.extensionUri = context.extensionUri;
    this.log = log;
    this.apiKeys = new ApiKeys(context.secrets);
  }

  /** The window's folders, once they are known. Never rejects for a folder that cannot be opened. */
  workspaces(): Promise<Workspaces> {
    this.loading ??= this.load();
    return this.loading;
  }

  /** The folders known so far, without waiting. */
  get sessions(): readonly FolderSession[] {
    return this.loaded?.sessions ?? [];
  }

  session(workspaceId: string): FolderSession | undefined {
    return this.sessions.find((each) => each.workspaceId === workspaceId);
  }

  /** Calls `listener` for every later event of any folder. */
  onEvent(listener: (event: WorkspacesEvent) => void): vscode.Disposable {
    this.listeners.add(listener);
    return new vscode.Disposable(() => this.listeners.delete(listener));
  }

  dispose(): void {
    this.loaded?.dispose();
  }

  private async load(): Promise<Workspaces> {
    const { EditorSide, Workspaces } = await import("./on-demand.ts");
    const hostFolder = vscode.Uri.joinPath(this.extensionUri, "dist", "host").fsPath;
    const editorSide = new EditorSide({
      keys: this.apiKeys,
      secrets: this.context.secrets,
      modelAccess: this.context.languageModelAccessInformation,
      log: this.log,
    });
    const workspaces = new Workspaces(hostFolder, this.log, editorSide);
    this.loaded = workspaces;
    workspaces.events.subscribe((event) => {
      for (const listener of this.listeners) listener(event);
    });
    await workspaces.refresh();
    return workspaces;
  }
}

/** A tree row or a message that names a run. */
export function isRunRef(value: unknown): value is RunRef {
  return (
    typeof value === "object" &&
    value !== null &&
    "workspaceId" in value &&
    "runId" in value &&
    typeof value.workspaceId === "string" &&
    typeof value.runId === "string"
  );
}

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { HostError, messageOf } from "../../agent-host/core/host-error.ts";
import { teamWords } from "../../agent-host/protocol/team-words.ts";
import {
  type FoldableEntry,
  type FromTeamView,
  fromTeamViewSchema,
  type RunRef,
  type RunRow,
  type RunSettingsView,
  type ShownRun,
  type TeamCommand,
  type ToTeamView,
} from "../../agent-host/protocol/webview.ts";
import { plainProblem } from "../commands/plain-problem.ts";
import { requestRun } from "../commands/request-run.ts";
import { runSettings } from "../commands/run-settings.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { Team } from "../team.ts";
import { foldable, folderViews, runRows, runToShow, waitingLines } from "./team-model.ts";
import { rowLanguage } from "./tree-item.ts";
import { webviewPageHtml } from "./webview-page.ts";

const flushPauseMs = 30;
const requestLimitMs = 60_000;
const memoryKey = "agentTeam.teamView";

/** The Team webview: sends the shown run once, then only what is new of it; carries out what the page asks. */
export class TeamView implements vscode.Disposable {
  /** Undefined until the page was filled for the first time. */
  private shown: RunRef | null | undefined;
  /** Of the shown run, not sent yet. */
  private entries: FoldableEntry[] = [];
  private readonly changedRuns = new Map<string, RunRow>();
  private timer: NodeJS.Timeout | undefined;
  private isReady = false;
  private composesWhenReady = false;
  private readonly team: Team;
  private readonly inbox: Inbox;
  private readonly memory: vscode.Memento;
  private readonly view: vscode.WebviewView;
  private readonly subscriptions: { dispose(): void }[];

  constructor(team: Team, inbox: Inbox, view: vscode.WebviewView, memory: vscode.Memento) {
    this.team = team;
    this.inbox = inbox;
    this.memory = memory;
    this.view = view;
    const root = vscode.Uri.joinPath(team.extensionUri, "dist", "webview");
    view.webview.options = { enableScripts: true, localResourceRoots: [root] };
    this.subscriptions = [
      view.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      team.onEvent((event) => this.follow(event)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.sendFolders()),
      inbox.onChange.subscribe(() => this.sendWaiting()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("agentTeam"))
          this.post({ kind: "settings", settings: settingsView() });
      }),
    ];
    view.webview.html = this.html(root);
  }

  get isVisible(): boolean {
    return this.view.visible;
  }

  /** Shows a run, or with null the list of runs. */
  async show(run: RunRef | null, unasked = false): Promise<void> {
    this.shown = run;
    this.entries = [];
    if (this.isReady) await this.sendShown(unasked);
  }

  focusComposer(): void {
    this.view.show(false);
    if (this.isReady) this.post({ kind: "focusComposer" });
    else this.composesWhenReady = true;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private html(root: vscode.Uri): string {
    const { webview } = this.view;
    const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
    const words = Object.entries(teamWords).map(([name, word]) => [name, vscode.l10n.t(word)]);
    return webviewPageHtml({
      id: "team",
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString("hex"),
      scriptUri: uri("team.js"),
      styleUris: [uri("codicon.css"), uri("team.css")],
      locale: vscode.env.language,
      title: vscode.l10n.t("Team"),
      words: Object.fromEntries(words),
      kept: this.memory.get(memoryKey, ""),
    });
  }

  private receive(message: unknown): void {
    const parsed = fromTeamViewSchema.safeParse(message);
    if (!parsed.success) {
      this.team.log.warn("The Team view sent a message that does not fit; it was left out");
      return;
    }
    this.carryOut(parsed.data).catch((error: unknown) => {
      this.team.log.error(messageOf(error));
      this.post({ kind: "problem", problem: plainProblem(error, (text) => vscode.l10n.t(text)) });
    });
  }

  private async carryOut(message: FromTeamView): Promise<void> {
    const signal = AbortSignal.timeout(requestLimitMs);
    switch (message.kind) {
      case "ready":
        return await this.begin(message.shown);
      case "startRun": {
        this.post({ kind: "problem", problem: null });
        const { goal, workspaceId, profile } = message;
        const session = this.session(workspaceId);
        const runId = await requestRun(this.inbox, { session, goal, chosen: { profile } }, signal);
        return await this.show({ workspaceId, runId });
      }
      case "cancelRun":
        await this.session(message.run.workspaceId).request(
          "run/cancel",
          { runId: message.run.runId },
          signal,
        );
        return;
      case "pauseRun":
      case "resumeRun":
      case "review":
      case "openChanges":
      case "undoChange":
      case "redoChange":
        await vscode.commands.executeCommand(runCommands[message.kind], message.run);
        return;
      case "openTask":
        await vscode.commands.executeCommand("agentTeam.openTask", {
          ...message.run,
          taskId: message.taskId,
        });
        return;
      case "steerRun": {
        const { run, message: words } = message;
        const params = { runId: run.runId, message: words };
        await this.session(run.workspaceId).request("run/steer", params, signal);
        return;
      }
      case "openReport":
        await vscode.commands.executeCommand("agentTeam.showReport", message.run);
        return;
      case "showFindings":
        await vscode.commands.executeCommand("agentTeam.showFindings", message.run);
        return;
      case "showRun":
        return await this.show(message.run);
      case "keep":
        return await this.memory.update(memoryKey, message.state);
      case "command":
        await vscode.commands.executeCommand(editorCommands[message.command]);
        return;
    }
  }

  private session(workspaceId: string): FolderSession {
    const session = this.team.session(workspaceId);
    if (session === undefined) {
      throw new HostError("workspace.closed", "The folder of this run is no longer open in the window");
    }
    return session;
  }

  private async begin(before: RunRef | null): Promise<void> {
    await this.team.workspaces();
    this.shown = runToShow(this.team.sessions, { chosen: this.shown, before });
    const shown = await this.shownRun();
    this.isReady = true;
    this.changedRuns.clear();
    this.post({
      kind: "reset",
      trusted: vscode.workspace.isTrusted,
      folders: folderViews(this.team.sessions),
      runs: runRows(this.team.sessions),
      shown,
      settings: settingsView(),
      waiting: waitingLines(this.inbox, rowLanguage().t),
    });
    if (this.composesWhenReady) this.post({ kind: "focusComposer" });
    this.composesWhenReady = false;
  }

  /** The shown run as it is now; entries that come later are sent after it. */
  private async shownRun(): Promise<ShownRun | null> {
    const { shown } = this;
    if (shown === null || shown === undefined) return null;
    const session = this.team.session(shown.workspaceId);
    if (session === undefined) return null;
    const run = await session.run(shown.runId, AbortSignal.timeout(requestLimitMs));
    this.entries = [];
    return { workspaceId: shown.workspaceId, run };
  }

  private async sendShown(unasked: boolean): Promise<void> {
    const wanted = this.shown;
    const shown = await this.shownRun();
    // Something else was chosen while the host answered.
    if (wanted === this.shown) this.post({ kind: "shown", shown, unasked });
  }

  private follow(event: WorkspacesEvent): void {
    if (!this.isReady) return;
    if (event.kind === "folders" || event.event.kind === "reset") {
      this.begin(null).catch((error: unknown) => this.team.log.error(messageOf(error)));
      return;
    }
    const { session } = event;
    switch (event.event.kind) {
      case "link":
        this.sendFolders();
        return;
      case "run":
        this.noteRun(session, event.event);
        return;
      case "entry": {
        const { entry } = event.event.delivered;
        if (entry.type === "run.created" && entry.runId !== null) this.runAppeared(session, entry.runId);
        if (entry.runId !== this.shown?.runId || session.workspaceId !== this.shown?.workspaceId) return;
        const typed = foldable(event.event.delivered);
        if (typed !== null) this.entries.push(typed);
        this.flushSoon();
        return;
      }
      case "progress":
        if (event.event.progress.runId !== this.shown?.runId) return;
        this.flush();
        this.post({ kind: "progress", progress: event.event.progress });
        return;
    }
  }

  private noteRun({ workspaceId, state }: FolderSession, change: { runId: string; removed: boolean }): void {
    const { runId } = change;
    const run = state.runs.get(runId);
    if (change.removed || run === undefined) {
      this.changedRuns.delete(`${workspaceId} ${runId}`);
      this.post({ kind: "runs", changed: [], removed: [{ workspaceId, runId }] });
      if (this.shown?.runId === runId) void this.show(null);
      return;
    }
    this.changedRuns.set(`${workspaceId} ${runId}`, { workspaceId, run });
    this.flushSoon();
  }

  /** A run that starts elsewhere takes the place of the list, never of a run that somebody reads. */
  private runAppeared({ workspaceId }: FolderSession, runId: string): void {
    if (this.shown !== null) return;
    this.show({ workspaceId, runId }, true).catch((error: unknown) => this.team.log.error(messageOf(error)));
  }

  private sendFolders(): void {
    if (!this.isReady) return;
    const folders = folderViews(this.team.sessions);
    this.post({ kind: "folders", trusted: vscode.workspace.isTrusted, folders });
  }

  private sendWaiting(): void {
    if (this.isReady) this.post({ kind: "waiting", waiting: waitingLines(this.inbox, rowLanguage().t) });
  }

  private flushSoon(): void {
    this.timer ??= setTimeout(() => this.flush(), flushPauseMs);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { shown, entries } = this;
    this.entries = [];
    if (shown != null && entries.length > 0) this.post({ kind: "entries", ...shown, entries });
    const changed = [...this.changedRuns.values()];
    this.changedRuns.clear();
    if (changed.length > 0) this.post({ kind: "runs", changed, removed: [] });
  }

  private post(message: ToTeamView): void {
    void this.view.webview.postMessage(message);
  }
}

const runCommands = {
  pauseRun: "agentTeam.pauseRun",
  resumeRun: "agentTeam.resumeRun",
  review: "agentTeam.reviewNext",
  openChanges: "agentTeam.openChanges",
  undoChange: "agentTeam.undoChange",
  redoChange: "agentTeam.redoChange",
} as const;

function settingsView(): RunSettingsView {
  const { provider, profile } = runSettings();
  return { provider, profile };
}

const editorCommands: Readonly<Record<TeamCommand, string>> = {
  manageTrust: "workbench.trust.manage",
  openFolder: "vscode.openFolder",
  restartHost: "agentTeam.restartHost",
  showLogs: "agentTeam.showLogs",
};

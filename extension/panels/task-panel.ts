import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { HostError, messageOf } from "../../agent-host/core/host-error.ts";
import {
  type FromTaskView,
  fromTaskViewSchema,
  type TaskRef,
  type ToTaskView,
} from "../../agent-host/protocol/task-view.ts";
import { taskWords } from "../../agent-host/protocol/task-words.ts";
import { teamWords } from "../../agent-host/protocol/team-words.ts";
import { plainProblem } from "../commands/plain-problem.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { Team } from "../team.ts";
import { webviewPageHtml } from "../views/webview-page.ts";
import { TaskConversation } from "./task-conversation.ts";
import { taskHeader } from "./task-model.ts";

const requestLimitMs = 60_000;
const headerPauseMs = 100;

/** One task's conversation, in an editor tab. */
export class TaskPanel implements vscode.Disposable {
  readonly ref: TaskRef;
  private readonly team: Team;
  private readonly panel: vscode.WebviewPanel;
  private readonly conversation: TaskConversation;
  private readonly subscriptions: { dispose(): void }[];
  private isReady = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(team: Team, ref: TaskRef) {
    this.team = team;
    this.ref = ref;
    const root = vscode.Uri.joinPath(team.extensionUri, "dist", "webview");
    this.panel = vscode.window.createWebviewPanel(
      "agentTeam.task",
      vscode.l10n.t(taskWords.taskTitle, ref.taskId),
      vscode.ViewColumn.Active,
      // The place in the log and words half written must not be lost because another tab was looked at.
      { enableScripts: true, localResourceRoots: [root], retainContextWhenHidden: true },
    );
    this.conversation = new TaskConversation({
      ref,
      session: () => this.session(),
      send: (message) => this.post(message),
      onProblem: (error) => this.tell(error),
      later: (act, ms) => {
        const timer = setTimeout(act, ms);
        return () => clearTimeout(timer);
      },
    });
    this.subscriptions = [
      this.panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      team.onEvent((event) => this.follow(event)),
    ];
    this.conversation.prefetch();
    this.panel.webview.html = pageHtml(this.panel.webview, root);
  }

  onDidDispose(listener: () => void): vscode.Disposable {
    return this.panel.onDidDispose(listener);
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.conversation.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.panel.dispose();
  }

  private receive(message: unknown): void {
    const parsed = fromTaskViewSchema.safeParse(message);
    if (!parsed.success) {
      this.team.log.warn("The task page sent a message that does not fit; it was left out");
      return;
    }
    this.carryOut(parsed.data).catch((error: unknown) => this.tell(error));
  }

  private async carryOut(message: FromTaskView): Promise<void> {
    const { workspaceId, runId, taskId } = this.ref;
    switch (message.kind) {
      case "ready":
        this.isReady = true;
        await this.sendHeader();
        return await this.conversation.begin();
      case "page":
        return await this.conversation.page(message.before);
      case "steer": {
        const params = { runId, taskId, message: message.message };
        await this.session().request("run/steer", params, AbortSignal.timeout(requestLimitMs));
        return this.post({ kind: "steered" });
      }
      case "copy":
        return await vscode.env.clipboard.writeText(message.text);
      case "openRun":
        await vscode.commands.executeCommand("agentTeam.openRun", { workspaceId, runId });
        return;
    }
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind === "folders" || event.session.workspaceId !== this.ref.workspaceId) return;
    this.conversation.follow(event.event);
    const { kind } = event.event;
    const isAboutRun = event.event.kind === "run" && event.event.runId === this.ref.runId;
    if (this.isReady && (isAboutRun || kind === "link" || kind === "reset")) this.sendHeaderSoon();
  }

  private sendHeaderSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.sendHeader().catch((error: unknown) => this.team.log.warn(messageOf(error)));
    }, headerPauseMs);
  }

  private async sendHeader(): Promise<void> {
    const session = this.session();
    const run = await session.run(this.ref.runId, AbortSignal.timeout(requestLimitMs));
    const task = taskHeader(this.ref, run, session.link.state.kind === "live");
    if (task === null) {
      throw new HostError("task.unknown", `${this.ref.runId} has no task ${this.ref.taskId}`);
    }
    this.panel.title = vscode.l10n.t(taskWords.taskTitle, task.title);
    this.post({ kind: "task", task });
  }

  private session(): FolderSession {
    const session = this.team.session(this.ref.workspaceId);
    if (session !== undefined) return session;
    throw new HostError("workspace.closed", "The folder of this run is no longer open in the window");
  }

  private tell(error: unknown): void {
    this.team.log.error(messageOf(error));
    this.post({ kind: "problem", problem: plainProblem(error, (text) => vscode.l10n.t(text)) });
  }

  private post(message: ToTaskView): void {
    void this.panel.webview.postMessage(message);
  }
}

function pageHtml(webview: vscode.Webview, root: vscode.Uri): string {
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
  const words = Object.entries({ ...teamWords, ...taskWords }).map(([name, word]) => [
    name,
    vscode.l10n.t(word),
  ]);
  return webviewPageHtml({
    id: "task",
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString("hex"),
    scriptUri: uri("task.js"),
    styleUris: [uri("codicon.css"), uri("task.css")],
    locale: vscode.env.language,
    title: vscode.l10n.t("Task"),
    words: Object.fromEntries(words),
    kept: "",
  });
}

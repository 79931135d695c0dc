import * as vscode from "vscode";
import { locateWorkspace } from "../../agent-host/client/workspace-location.ts";
import { systemClock } from "../../agent-host/core/clock.ts";
import type { Disposable } from "../../agent-host/core/disposable.ts";
import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import type { EditorSide } from "../models/editor-side.ts";
import { CrashLoop, hostCrashLimits } from "./crash-loop.ts";
import { type FolderEvent, FolderSession } from "./folder-session.ts";
import { knownRuns } from "./known-runs.ts";
import { localHost, watchForHost } from "./local-host.ts";

/** An event of one folder, or a change in which folders there are. */
export type WorkspacesEvent =
  | { readonly kind: "folders" }
  | { readonly kind: "folder"; readonly session: FolderSession; readonly event: FolderEvent };

interface OpenFolder {
  readonly session: FolderSession;
  readonly watch: Disposable;
}

const startLimitMs = 60_000;

/** The folders of the window, one session each. Without trust there are none: nothing is read or started. */
export class Workspaces {
  private readonly open = new Map<string, OpenFolder>();
  private readonly emitter: EventEmitter<WorkspacesEvent>;
  private readonly subscriptions: vscode.Disposable[];
  private readonly hostFolder: string;
  private readonly log: vscode.LogOutputChannel;
  private readonly editorSide: EditorSide;
  private turn: Promise<void> = Promise.resolve();

  /** `editorSide` ends with this. */
  constructor(hostFolder: string, log: vscode.LogOutputChannel, editorSide: EditorSide) {
    this.hostFolder = hostFolder;
    this.log = log;
    this.editorSide = editorSide;
    this.emitter = new EventEmitter((error) => log.error(`A view failed: ${messageOf(error)}`));
    this.subscriptions = [
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.refresh()),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.lookForHosts();
      }),
    ];
  }

  get sessions(): FolderSession[] {
    return [...this.open.values()].map(({ session }) => session);
  }

  get events(): Event<WorkspacesEvent> {
    return this.emitter;
  }

  get(workspaceId: string): FolderSession | undefined {
    return this.sessions.find((session) => session.workspaceId === workspaceId);
  }

  /** Brings the sessions in line with the window's folders and trust. Never rejects. */
  async refresh(): Promise<void> {
    this.turn = this.turn.then(() => this.align());
    await this.turn;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.editorSide.dispose();
    for (const path of [...this.open.keys()]) this.close(path);
  }

  private async align(): Promise<void> {
    const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
    const local = folders.filter((folder) => folder.uri.scheme === "file");
    const wanted = new Set(local.map((folder) => folder.uri.fsPath));
    for (const path of [...this.open.keys()]) if (!wanted.has(path)) this.close(path);
    for (const folder of local) {
      if (!this.open.has(folder.uri.fsPath)) await this.openFolder(folder);
    }
    this.emitter.emit({ kind: "folders" });
  }

  private async openFolder({ uri, name }: vscode.WorkspaceFolder): Promise<void> {
    try {
      const location = await locateWorkspace(uri.fsPath, process.env);
      // Two folders of the window may be one, by a link.
      if (this.get(location.workspaceId) !== undefined) return;
      const session = new FolderSession({
        workspaceId: location.workspaceId,
        name,
        folder: uri.fsPath,
        logFile: location.logFile,
        port: localHost(location, this.hostFolder, systemClock),
        clock: systemClock,
        crashLoop: new CrashLoop(hostCrashLimits),
        tries: hostCrashLimits.limit,
        onConnection: (connection) =>
          this.editorSide.attach(connection, { name, path: uri.fsPath, realPath: location.realPath }),
        log: (message) => this.log.info(`${name}: ${message}`),
      });
      session.events.subscribe((event) => this.emitter.emit({ kind: "folder", session, event }));
      const watch = await watchForHost(location, () => void session.link.attach());
      this.open.set(uri.fsPath, { session, watch });
      await this.begin(session, await knownRuns(location.stateFolder));
    } catch (error) {
      this.log.error(`${name}: ${messageOf(error)}`);
    }
  }

  /** A live host is joined; a new one is started only if a run was left without its end. */
  private async begin(session: FolderSession, known: readonly RunSummary[]): Promise<void> {
    session.showKnown(known);
    await session.link.attach();
    if (session.link.state.kind === "live" || !known.some((run) => run.finishedAt === null)) return;
    this.log.info(`${session.name}: a run was left unfinished, starting a host for it`);
    session.link
      .connection(AbortSignal.timeout(startLimitMs))
      .catch((error: unknown) => this.log.error(`${session.name}: ${messageOf(error)}`));
  }

  private lookForHosts(): void {
    for (const { link } of this.sessions) if (link.state.kind !== "live") void link.attach();
  }

  private close(path: string): void {
    const folder = this.open.get(path);
    this.open.delete(path);
    folder?.watch.dispose();
    folder?.session.dispose();
  }
}

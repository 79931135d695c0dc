import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { ChangeSummary } from "../../agent-host/protocol/change-set.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";

type BookSession = Pick<FolderSession, "workspaceId" | "name" | "request"> & {
  readonly link: { readonly state: { readonly kind: string } };
};

export interface ChangeBookOptions {
  readonly folders: {
    readonly sessions: readonly BookSession[];
    onEvent(listener: (event: WorkspacesEvent) => void): { dispose(): void };
  };
  /** Calls back after a pause; returns how to cancel. */
  later(act: () => void, ms: number): () => void;
  log(message: string): void;
}

interface FolderBook {
  changes: readonly ChangeSummary[];
  cancelTimer: (() => void) | null;
}

const pauseMs = 150;
const requestLimitMs = 30_000;
const maxListed = 500;

/** How the changes of all runs stand: proposed, applied, undone. Asks hosts that are live, and starts none. */
export class ChangeBook {
  private readonly byFolder = new Map<string, FolderBook>();
  private readonly changed: EventEmitter<void>;
  private readonly subscription: { dispose(): void };
  private readonly options: ChangeBookOptions;
  private isDisposed = false;

  constructor(options: ChangeBookOptions) {
    this.options = options;
    this.changed = new EventEmitter((error) => options.log(`A view failed: ${messageOf(error)}`));
    this.subscription = options.folders.onEvent((event) => this.follow(event));
  }

  get onChange(): Event<void> {
    return this.changed;
  }

  /** undefined while it is not known, and for a run without a change. */
  summary({ workspaceId, runId }: RunRef): ChangeSummary | undefined {
    return this.byFolder.get(workspaceId)?.changes.find((change) => change.runId === runId);
  }

  /** Asks a folder's host now, starting one if there is none. */
  async read(session: BookSession, signal: AbortSignal): Promise<readonly ChangeSummary[]> {
    const { changes } = await session.request("change/list", { limit: maxListed }, signal);
    const folder = this.folder(session.workspaceId);
    folder.changes = changes;
    if (!this.isDisposed) this.changed.emit();
    return changes;
  }

  dispose(): void {
    this.isDisposed = true;
    this.subscription.dispose();
    for (const { cancelTimer } of this.byFolder.values()) cancelTimer?.();
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind === "folders") {
      this.forgetClosed();
      return;
    }
    const { session } = event;
    const happened = event.event;
    if (happened.kind === "reset") this.askSoon(session);
    if (happened.kind === "entry" && changesList(happened.delivered.entry.type)) this.askSoon(session);
  }

  private forgetClosed(): void {
    const open = new Set(this.options.folders.sessions.map(({ workspaceId }) => workspaceId));
    for (const [workspaceId, { cancelTimer }] of this.byFolder) {
      if (open.has(workspaceId)) continue;
      cancelTimer?.();
      this.byFolder.delete(workspaceId);
    }
  }

  private askSoon(session: BookSession): void {
    const folder = this.folder(session.workspaceId);
    folder.cancelTimer ??= this.options.later(() => {
      folder.cancelTimer = null;
      if (session.link.state.kind !== "live" || this.isDisposed) return;
      this.read(session, AbortSignal.timeout(requestLimitMs)).catch((error: unknown) =>
        this.options.log(`${session.name}: changes cannot be listed: ${messageOf(error)}`),
      );
    }, pauseMs);
  }

  private folder(workspaceId: string): FolderBook {
    const known = this.byFolder.get(workspaceId);
    if (known !== undefined) return known;
    const folder: FolderBook = { changes: [], cancelTimer: null };
    this.byFolder.set(workspaceId, folder);
    return folder;
  }
}

function changesList(type: string): boolean {
  return type.startsWith("changeset.") || type === "run.finished" || type === "run.deleted";
}

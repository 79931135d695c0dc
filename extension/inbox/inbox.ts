import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import type { ApproverKeys } from "./approver-keys.ts";
import { mayAnswer, type Standing } from "./standing.ts";
import {
  approvalItem,
  gateItem,
  isSameWait,
  oldestFirst,
  type WaitingItem,
  type WaitingRef,
} from "./waiting-item.ts";

export type InboxSession = Pick<FolderSession, "workspaceId" | "name" | "request" | "link">;

/** The window's folders, as `Team` has them. */
export interface InboxFolders {
  readonly sessions: readonly InboxSession[];
  onEvent(listener: (event: WorkspacesEvent) => void): { dispose(): void };
}

export interface InboxOptions {
  readonly folders: InboxFolders;
  readonly keys: Pick<ApproverKeys, "standingIn">;
  /** Calls `act` after `ms`; the result takes it back. */
  later(act: () => void, ms: number): () => void;
  log(message: string): void;
}

interface FolderInbox {
  items: readonly WaitingItem[];
  standing: Standing;
  /** Answered since the host was last asked: its answer on the way may still list them. */
  readonly answered: Set<string>;
  /** A question is on its way; what comes meanwhile makes it ask once more. */
  isAsking: boolean;
  isStale: boolean;
  cancelTimer: (() => void) | null;
}

const pauseMs = 120;
const requestLimitMs = 30_000;

/**
 * Everything that waits for a person, over all runs and folders of the window. The host's lists are the truth: they
 * are asked for again, at most once per pause and folder, when an entry came that may have changed them.
 */
export class Inbox {
  private readonly byFolder = new Map<string, FolderInbox>();
  private readonly changed: EventEmitter<void>;
  private readonly subscription: { dispose(): void };
  private readonly options: InboxOptions;
  private isDisposed = false;

  constructor(options: InboxOptions) {
    this.options = options;
    this.changed = new EventEmitter((error) => options.log(`A view failed: ${messageOf(error)}`));
    this.subscription = options.folders.onEvent((event) => this.follow(event));
  }

  /** After each change of the lists or of what this window may answer. */
  get onChange(): Event<void> {
    return this.changed;
  }

  /** Oldest first. */
  get items(): WaitingItem[] {
    return [...this.byFolder.values()].flatMap(({ items }) => items).sort(oldestFirst);
  }

  /** What this window's keys may answer. */
  get mine(): WaitingItem[] {
    return this.items.filter((item) => this.isMine(item));
  }

  isMine(item: WaitingItem): boolean {
    return mayAnswer(this.standing(item.workspaceId), item.approvers);
  }

  find(ref: WaitingRef): WaitingItem | undefined {
    return this.items.find((item) => isSameWait(item, ref));
  }

  /** Takes out what was answered, without waiting for the host's next list. */
  forget(ref: WaitingRef): void {
    const folder = this.byFolder.get(ref.workspaceId);
    if (folder === undefined) return;
    folder.answered.add(ref.id);
    folder.items = folder.items.filter(({ id }) => id !== ref.id);
    this.changed.emit();
  }

  standing(workspaceId: string): Standing {
    return this.byFolder.get(workspaceId)?.standing ?? { kind: "unknown" };
  }

  /**
   * Asks now how this editor stands in a folder, which enrolls its first key; starts the host where none is live. That
   * it cannot be asked is logged, not thrown: a run may be approved by others.
   */
  async standNow(session: InboxSession, signal: AbortSignal): Promise<void> {
    const folder = this.folder(session.workspaceId);
    if (folder.standing.kind === "enrolled") return;
    try {
      folder.standing = await this.options.keys.standingIn(session, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.options.log(`${session.name}: no approver key: ${messageOf(error)}`);
    }
    this.changed.emit();
  }

  /** Asks every host that is live. Starts none. */
  refresh(): void {
    for (const session of this.options.folders.sessions) this.askSoon(session, { standing: true });
  }

  dispose(): void {
    this.isDisposed = true;
    this.subscription.dispose();
    for (const folder of this.byFolder.values()) folder.cancelTimer?.();
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind === "folders") {
      this.forgetClosed();
      return;
    }
    const { session } = event;
    switch (event.event.kind) {
      case "link":
        if (session.link.state.kind === "live") this.askSoon(session, { standing: true });
        return;
      case "entry": {
        const { type } = event.event.delivered.entry;
        if (type === "approver.enrolled") this.askSoon(session, { standing: true });
        else if (changesWaits.has(type)) this.askSoon(session, { standing: false });
        return;
      }
      default:
        return;
    }
  }

  private forgetClosed(): void {
    const open = new Set(this.options.folders.sessions.map(({ workspaceId }) => workspaceId));
    for (const [workspaceId, folder] of this.byFolder) {
      if (open.has(workspaceId)) continue;
      folder.cancelTimer?.();
      this.byFolder.delete(workspaceId);
    }
    this.changed.emit();
  }

  private askSoon(session: InboxSession, about: { readonly standing: boolean }): void {
    const folder = this.folder(session.workspaceId);
    if (about.standing && folder.standing.kind !== "enrolled") folder.standing = { kind: "unknown" };
    folder.isStale = true;
    if (folder.isAsking || folder.cancelTimer !== null) return;
    folder.cancelTimer = this.options.later(() => {
      folder.cancelTimer = null;
      void this.ask(session, folder);
    }, pauseMs);
  }

  /** Never rejects. */
  private async ask(session: InboxSession, folder: FolderInbox): Promise<void> {
    // Asking must not start a host: one that is live comes back with its lists.
    if (session.link.state.kind !== "live" || this.isDisposed) return;
    folder.isAsking = true;
    folder.isStale = false;
    folder.answered.clear();
    try {
      const signal = AbortSignal.timeout(requestLimitMs);
      if (folder.standing.kind !== "enrolled") {
        folder.standing = await this.options.keys.standingIn(session, signal);
      }
      const items = await waitingIn(session, signal);
      folder.items = items.filter(({ id }) => !folder.answered.has(id));
    } catch (error) {
      this.options.log(`${session.name}: what waits cannot be listed: ${messageOf(error)}`);
    } finally {
      folder.isAsking = false;
    }
    if (this.byFolder.get(session.workspaceId) !== folder || this.isDisposed) return;
    this.changed.emit();
    if (folder.isStale) this.askSoon(session, { standing: false });
  }

  private folder(workspaceId: string): FolderInbox {
    const known = this.byFolder.get(workspaceId);
    if (known !== undefined) return known;
    const folder: FolderInbox = {
      items: [],
      standing: { kind: "unknown" },
      answered: new Set(),
      isAsking: false,
      isStale: false,
      cancelTimer: null,
    };
    this.byFolder.set(workspaceId, folder);
    return folder;
  }
}

async function waitingIn(session: InboxSession, signal: AbortSignal): Promise<WaitingItem[]> {
  const { workspaceId } = session;
  const [{ gates }, { approvals }] = await Promise.all([
    session.request("gate/list", {}, signal),
    session.request("approval/list", {}, signal),
  ]);
  return [
    ...gates.map((gate) => gateItem(workspaceId, gate)),
    ...approvals.map((approval) => approvalItem(workspaceId, approval)),
  ];
}

/** Entries after which a list may be another. */
const changesWaits: ReadonlySet<string> = new Set([
  "gate.evaluated",
  "gate.decided",
  "approval.requested",
  "approval.decided",
  "changeset.merged",
  "run.waiting",
  "run.resumed",
  "run.finished",
  "run.deleted",
]);

import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import { LruCache } from "../../agent-host/core/lru-cache.ts";
import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import { runKey } from "./change-uri.ts";
import { type FileChange, type FilePlaces, placesOf } from "./hunk-places.ts";

/** What is heard of the folders of the window. */
export interface ChangeFolders {
  onEvent(listener: (event: WorkspacesEvent) => void): { dispose(): void };
}

/** What is known of one run's change at its present tree. Replaced as a whole when the tree may be another. */
interface Known {
  readonly run: RunRef;
  files: Promise<readonly ChangedFile[]> | undefined;
  /** Whole texts: few. */
  readonly contents: LruCache<string, Promise<FileChange>>;
  /** Places without text: many. */
  readonly places: LruCache<string, FilePlaces>;
}

const maxRuns = 8;
const maxContents = 16;
const maxPlaces = 2_000;

/**
 * The changes of runs as the host has them now. Each is asked for once and again after an entry that may have changed
 * it; who shows one hears of that.
 */
export class RunChanges {
  private readonly runs = new Map<string, Known>();
  private readonly changed: EventEmitter<RunRef>;
  private readonly subscription: { dispose(): void };

  constructor(folders: ChangeFolders, log: (error: unknown) => void) {
    this.changed = new EventEmitter(log);
    this.subscription = folders.onEvent((event) => this.follow(event));
  }

  /** The change of this run may be another now. */
  get onChange(): Event<RunRef> {
    return this.changed;
  }

  /** The changed files, by path. Several may wait for one answer: `signal` is a time limit, nobody's cancellation. */
  async files(run: RunRef, session: Requests, signal: AbortSignal): Promise<readonly ChangedFile[]> {
    const known = this.known(run);
    known.files ??= session
      .request("change/diff", { runId: run.runId, maxBytes: 1 }, signal)
      .then(({ files }) => files);
    return await settledOr(known.files, () => {
      known.files = undefined;
    });
  }

  /** One file whole, with its hunks; `signal` as for `files`. */
  async file(run: RunRef, path: string, session: Requests, signal: AbortSignal): Promise<FileChange> {
    const known = this.known(run);
    let content = known.contents.get(path);
    if (content === undefined) {
      content = session.request("change/file", { runId: run.runId, path }, signal);
      known.contents.set(path, content);
    }
    const change = await settledOr(content, () => known.contents.delete(path));
    if (known.places.get(path) === undefined) known.places.set(path, placesOf(path, change));
    return change;
  }

  /** Where the parts of a file stand, if it was read since the tree changed. */
  places(run: RunRef, path: string): FilePlaces | undefined {
    return this.runs.get(runKey(run))?.places.get(path);
  }

  /** What is known of a run counts no more. */
  forget(run: RunRef): void {
    this.runs.delete(runKey(run));
    this.changed.emit(run);
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private known(run: RunRef): Known {
    const key = runKey(run);
    const known = this.runs.get(key) ?? nothingYet(run);
    // The one used last stands last.
    this.runs.delete(key);
    this.runs.set(key, known);
    const [oldest] = this.runs.keys();
    if (this.runs.size > maxRuns && oldest !== undefined) this.runs.delete(oldest);
    return known;
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind !== "folder") return;
    const { workspaceId } = event.session;
    if (event.event.kind === "reset") {
      const stale = [...this.runs.values()].filter(({ run }) => run.workspaceId === workspaceId);
      for (const { run } of stale) this.forget(run);
    }
    if (event.event.kind !== "entry") return;
    const { entry } = event.event.delivered;
    if (entry.runId !== null && changesTree(entry.type)) this.forget({ workspaceId, runId: entry.runId });
  }
}

function nothingYet(run: RunRef): Known {
  const contents = new LruCache<string, Promise<FileChange>>(maxContents);
  return { run, files: undefined, contents, places: new LruCache(maxPlaces) };
}

export type Requests = Pick<FolderSession, "request">;

function changesTree(type: string): boolean {
  return type.startsWith("changeset.") || type === "run.deleted";
}

/** A failure is not kept: the next who asks tries again. */
async function settledOr<T>(promise: Promise<T>, failed: () => void): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    failed();
    throw error;
  }
}

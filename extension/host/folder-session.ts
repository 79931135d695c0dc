import type { HostConnection } from "../../agent-host/client/host-connection.ts";
import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import { messageOf } from "../../agent-host/core/host-error.ts";
import type {
  DeliveredEntry,
  Method,
  MethodParams,
  MethodResult,
  NotificationParams,
} from "../../agent-host/protocol/methods.ts";
import type { RunSummary } from "../../agent-host/protocol/run.ts";
import { reduceRun } from "../../agent-host/protocol/state/run-reducer.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";
import type { LinkView } from "../../agent-host/protocol/webview.ts";
import {
  emptyFolderState,
  type FolderState,
  foldDelivered,
  unfinishedRuns,
  withRun,
  withRuns,
} from "./folder-state.ts";
import { HostLink, type HostLinkOptions } from "./host-link.ts";
import { whileNotAborted } from "./while-not-aborted.ts";

export interface FolderSessionOptions
  extends Pick<HostLinkOptions, "port" | "clock" | "crashLoop" | "tries" | "log"> {
  readonly workspaceId: string;
  readonly name: string;
  /** The folder as the editor names it. */
  readonly folder: string;
  /** Where a host started by an editor logs. */
  readonly logFile: string;
  /** A host is there: what this window does for it begins. Resolves when the next run may start. */
  onConnection(connection: HostConnection): Promise<void>;
}

/** What changed in a folder. `reset`: everything may have. */
export type FolderEvent =
  | { readonly kind: "link"; readonly link: LinkView }
  | { readonly kind: "reset" }
  | { readonly kind: "run"; readonly runId: string; readonly removed: boolean }
  | { readonly kind: "entry"; readonly delivered: DeliveredEntry }
  | { readonly kind: "progress"; readonly progress: NotificationParams<"task/progress"> }
  | { readonly kind: "text"; readonly text: NotificationParams<"task/text"> };

type Unscoped<M extends Method> = Omit<MethodParams<M>, "workspaceId">;

const maxListed = 500;
const loadLimitMs = 30_000;

/** One folder of the window: its link, and its journal folded up to the last entry that came. */
export class FolderSession {
  readonly workspaceId: string;
  readonly name: string;
  readonly folder: string;
  readonly logFile: string;
  readonly link: HostLink;
  private folded: FolderState = emptyFolderState;
  private isCaughtUp = false;
  /** Runs whose state is being asked for, with the entries that came since. Bounded by the time that may take. */
  private readonly loading = new Map<string, { state: Promise<RunState>; missed: DeliveredEntry[] }>();
  private readonly emitter: EventEmitter<FolderEvent>;
  private readonly lifetime = new AbortController();
  private readonly log: (message: string) => void;
  private readonly onConnection: FolderSessionOptions["onConnection"];

  constructor(options: FolderSessionOptions) {
    this.workspaceId = options.workspaceId;
    this.name = options.name;
    this.folder = options.folder;
    this.logFile = options.logFile;
    this.log = options.log;
    this.onConnection = (connection) => options.onConnection(connection);
    this.emitter = new EventEmitter((error) => options.log(`A view failed: ${messageOf(error)}`));
    this.link = new HostLink({
      ...options,
      onOpen: (connection, signal) => this.catchUp(connection, signal),
      onState: () => this.emitter.emit({ kind: "link", link: this.link.view }),
      isNeeded: () => unfinishedRuns(this.folded).length > 0,
    });
  }

  get state(): FolderState {
    return this.folded;
  }

  get events(): Event<FolderEvent> {
    return this.emitter;
  }

  /** Whether the runs were ever read from a host or its list. */
  get isKnown(): boolean {
    return this.isCaughtUp || this.folded.runs.size > 0;
  }

  /** Shows runs that an earlier host listed, until a host says more. */
  showKnown(runs: readonly RunSummary[]): void {
    if (this.isCaughtUp) return;
    this.folded = withRuns(runs, 0);
    this.emitter.emit({ kind: "reset" });
  }

  /** Sends a request, starting a host if there is none. */
  async request<M extends Method>(
    method: M,
    params: Unscoped<M>,
    signal: AbortSignal,
  ): Promise<MethodResult<M>> {
    const connection = await this.link.connection(signal);
    return await connection.request(
      method,
      { workspaceId: this.workspaceId, ...params } as MethodParams<M>,
      signal,
    );
  }

  /** A run's whole state; asks the host if it is not here. */
  async run(runId: string, signal: AbortSignal): Promise<RunState> {
    const known = this.folded.details.get(runId);
    if (known !== undefined) return known;
    await this.link.connection(signal);
    return this.folded.details.get(runId) ?? (await whileNotAborted(this.load(runId), signal));
  }

  dispose(): void {
    this.lifetime.abort();
    this.link.dispose();
  }

  private async catchUp(connection: HostConnection, signal: AbortSignal): Promise<void> {
    let early: DeliveredEntry[] | null = [];
    connection.onNotification("state/event", ({ entry, texts }) => {
      if (early === null) this.take({ entry, texts });
      else early.push({ entry, texts });
    });
    connection.onNotification("task/progress", (progress) =>
      this.emitter.emit({ kind: "progress", progress }),
    );
    connection.onNotification("task/text", (text) => this.emitter.emit({ kind: "text", text }));
    const served = this.onConnection(connection);
    const isSameJournal = this.isCaughtUp && this.folded.seq <= connection.host.seq;
    if (isSameJournal) await this.subscribeSince(connection, this.folded.seq, signal);
    else await this.subscribeAnew(connection, signal);
    await served;
    this.isCaughtUp = true;
    const missed = early;
    early = null;
    for (const delivered of missed) this.take(delivered);
    this.emitter.emit({ kind: "reset" });
  }

  private async subscribeAnew(connection: HostConnection, signal: AbortSignal): Promise<void> {
    const { workspaceId } = this;
    const { seq } = await connection.request(
      "state/subscribe",
      { workspaceId, sinceSeq: connection.host.seq },
      signal,
    );
    const { runs } = await connection.request("run/list", { workspaceId, limit: maxListed }, signal);
    this.folded = withRuns(runs, seq);
    await this.loadUnfinished(connection, signal);
  }

  private async subscribeSince(
    connection: HostConnection,
    sinceSeq: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { workspaceId } = this;
    const answer = await connection.request("state/subscribe", { workspaceId, sinceSeq }, signal);
    if ("replay" in answer) {
      for (const delivered of answer.replay) this.take(delivered);
      return;
    }
    if (!("runs" in answer.snapshot)) return;
    this.folded = withRuns(answer.snapshot.runs, answer.seq);
    await this.loadUnfinished(connection, signal);
  }

  private async loadUnfinished(connection: HostConnection, signal: AbortSignal): Promise<void> {
    for (const { runId } of unfinishedRuns(this.folded)) {
      const { workspaceId } = this;
      const { run } = await connection.request("run/show", { workspaceId, runId }, signal);
      this.folded = withRun(this.folded, run);
    }
  }

  private take(delivered: DeliveredEntry): void {
    const result = foldDelivered(this.folded, delivered);
    this.folded = result.state;
    if (result.kind === "old") return;
    const { runId } = delivered.entry;
    if (runId !== null) this.loading.get(runId)?.missed.push(delivered);
    if (result.kind === "removed") this.loading.delete(result.runId);
    if (result.kind === "unknown") this.loadInBackground(result.runId, delivered);
    this.emitter.emit({ kind: "entry", delivered });
    if (result.kind === "changed" || result.kind === "removed") {
      this.emitter.emit({ kind: "run", runId: result.runId, removed: result.kind === "removed" });
    }
  }

  private loadInBackground(runId: string, first: DeliveredEntry): void {
    if (this.loading.has(runId)) return;
    const loaded = this.load(runId);
    this.loading.get(runId)?.missed.push(first);
    loaded.catch((error: unknown) => this.log(`${runId} cannot be read: ${messageOf(error)}`));
  }

  /** Once for all who ask at the same time. */
  private load(runId: string): Promise<RunState> {
    const current = this.loading.get(runId);
    if (current !== undefined) return current.state;
    const missed: DeliveredEntry[] = [];
    const state = this.loadBeside(runId, missed).finally(() => {
      if (this.loading.get(runId)?.missed === missed) this.loading.delete(runId);
    });
    this.loading.set(runId, { state, missed });
    return state;
  }

  /**
   * The answer may have been written before entries that came ahead of it. Those are in `missed`, so that
   * answer and entries together have no hole, whichever was first.
   */
  private async loadBeside(runId: string, missed: DeliveredEntry[]): Promise<RunState> {
    const signal = AbortSignal.any([this.lifetime.signal, AbortSignal.timeout(loadLimitMs)]);
    const { run } = await this.request("run/show", { runId }, signal);
    const state = missed.reduce((before, { entry, texts }) => reduceRun(before, entry, texts) ?? before, run);
    // It was deleted while the answer was on its way.
    if (this.loading.get(runId)?.missed !== missed) return state;
    this.folded = withRun(this.folded, state);
    this.emitter.emit({ kind: "run", runId, removed: false });
    return state;
  }
}

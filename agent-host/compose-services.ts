import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { WorkspaceLocation } from "./client/workspace-location.ts";
import { composeTeam, type TeamParts } from "./compose-team.ts";
import type { Clock } from "./core/clock.ts";
import type { HostFiles } from "./host/host-files.ts";
import { createBlobStore } from "./journal/blob-store.ts";
import type { Journal } from "./journal/journal.ts";
import { verifyJournal } from "./journal/verify-journal.ts";
import { errorDetails, type Logger } from "./observability/logger.ts";
import type { Actor } from "./protocol/journal.ts";
import { Deliveries } from "./rpc/deliveries.ts";
import { Editors } from "./rpc/editors.ts";
import { hostMethods } from "./rpc/host-methods.ts";
import { OfferedModels } from "./rpc/offered-models.ts";
import { type MethodTable, Session } from "./rpc/session.ts";
import type { Redactor } from "./security/redactor.ts";
import { createStore } from "./store/journal-store.ts";
import { Conversations } from "./team/conversation.ts";
import { ModelWaits } from "./team/model-waits.ts";

export interface ServicesOptions {
  readonly location: WorkspaceLocation;
  readonly clock: Clock;
  readonly files: HostFiles;
  readonly env: NodeJS.ProcessEnv;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly startedAt: string;
  /** Begins to close the host. */
  stop(reason: string): void;
}

/** What works behind the socket: the team, and a session for each client. */
export interface HostServices {
  /** Whether a client is connected or a run is under way. */
  isBusy(): boolean;
  accept(socket: WebSocket, stream: Duplex): void;
  /** Goes on with the runs that an earlier host left open. */
  resumeRuns(actor: Actor): Promise<void>;
  /** Pauses the runs, then tells the clients and closes their connections, then everything else. */
  close(reason: string): Promise<void>;
}

/** Builds the services and joins them. Loaded when the first client comes or a run is to be resumed. */
export function composeServices(options: ServicesOptions): HostServices {
  const { location, clock, logger, journal } = options;
  const onError = (message: string) => (error: unknown) => logger.log("error", message, errorDetails(error));
  const blobs = createBlobStore({ directory: location.stateFolder });
  const store = createStore({
    journal,
    blobs,
    directory: location.stateFolder,
    clock,
    isLive: (runId): boolean => team.runs.isLive(runId),
    onError: onError("the run list could not be saved"),
  });
  const offeredModels = new OfferedModels({ onOffer: () => void waits.goOn(["vscode"]) });
  const editors = new Editors({ onSilent: (message) => logger.log("warn", message) });
  const team = composeTeam({
    ...options,
    blobs,
    store,
    editors: offeredModels,
    dirtyPaths: (paths, signal) => editors.dirtyPaths(paths, signal),
  });
  const waits = new ModelWaits({
    store,
    runs: team.runs,
    onError: (runId, error) =>
      logger.log("warn", "a run could not be resumed", { runId, ...errorDetails(error) }),
  });
  const deliveries = new Deliveries({
    journal,
    deliver: (entry) => store.delivered(entry),
    onError: onError("an entry was delivered without its words"),
  });
  const { runs, inbox, decisions, enrolment, changes } = team;
  const methods = hostMethods({
    workspaceId: location.workspaceId,
    stateFolder: location.stateFolder,
    startedAt: options.startedAt,
    journal,
    blobs,
    store,
    runs,
    inbox,
    decisions,
    enrolment,
    changes,
    deliveries,
    conversations: new Conversations({ journal, blobs, store }),
    offeredModels,
    offerKey: (endpoint, key) => {
      team.models.offerKey(endpoint, key);
      // What stood still for want of a key goes on.
      void waits.goOn(["anthropic", "vscode"]);
    },
    verify: (signal) => verifyJournal({ directory: location.stateFolder }, signal),
    stop: options.stop,
  });
  return new ComposedServices(options, { team, store, deliveries, editors, methods });
}

interface Parts {
  readonly team: TeamParts;
  readonly store: ReturnType<typeof createStore>;
  readonly deliveries: Deliveries;
  readonly editors: Editors;
  readonly methods: MethodTable;
}

class ComposedServices implements HostServices {
  private readonly options: ServicesOptions;
  private readonly parts: Parts;
  private readonly sessions = new Set<Session>();

  constructor(options: ServicesOptions, parts: Parts) {
    this.options = options;
    this.parts = parts;
  }

  isBusy(): boolean {
    return this.sessions.size > 0 || this.parts.team.runs.liveCount > 0;
  }

  accept(socket: WebSocket, stream: Duplex): void {
    const { logger, location } = this.options;
    const { runs } = this.parts.team;
    const session = new Session({
      socket,
      stream,
      workspaceId: location.workspaceId,
      methods: this.parts.methods,
      onUnexpectedError: (errorId, error) =>
        logger.log("error", "a request failed", { errorId, ...errorDetails(error) }),
    });
    this.sessions.add(session);
    this.parts.editors.add(session);
    const progress = runs.progress.subscribe((note) =>
      session.notify("task/progress", { workspaceId: location.workspaceId, ...note }),
    );
    const text = runs.text.subscribe((note) => session.stream(note));
    const stopped = runs.stopped.subscribe(({ runId, problem }) => {
      const { code, message, hint } = problem;
      const words = hint === undefined ? { code, message } : { code, message, hint };
      session.notify("run/stopped", { workspaceId: location.workspaceId, runId, ...words });
    });
    session.signal.addEventListener("abort", () => {
      progress.dispose();
      text.dispose();
      stopped.dispose();
      this.sessions.delete(session);
    });
  }

  async resumeRuns(actor: Actor): Promise<void> {
    const { store, team } = this.parts;
    for (const { runId, error } of await team.changes.settle(new AbortController().signal)) {
      this.options.logger.log("error", "a change could not be settled", { runId, ...errorDetails(error) });
    }
    const { runs } = await store.listRuns({ limit: 100 });
    for (const { runId } of runs.filter((each) => each.finishedAt === null)) {
      try {
        const cause = (await store.runState(runId))?.pauseCause ?? null;
        // Whoever paused it, or has to answer first, lets it go on.
        if (cause !== null && cause !== "host" && cause !== "storage") continue;
        await team.runs.resume(runId, { actor, reason: "a host started again" });
      } catch (error) {
        // One run that cannot go on must not keep the others from it.
        this.options.logger.log("warn", "a run could not be resumed", { runId, ...errorDetails(error) });
      }
    }
  }

  async close(reason: string): Promise<void> {
    const { team, deliveries, store } = this.parts;
    await team.runs.pauseAll(reason);
    await deliveries.settled();
    for (const session of this.sessions) {
      session.notify("host/closing", { workspaceId: this.options.location.workspaceId, reason });
      session.close(reason);
    }
    team.dispose();
    deliveries.dispose();
    await store.close();
  }
}

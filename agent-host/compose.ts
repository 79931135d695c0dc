import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { Agent } from "./agents/agent.ts";
import { attachAgent } from "./agents/attach-agent.ts";
import { endpointFor, type WorkspaceLocation } from "./client/workspace-location.ts";
import { composeAgents } from "./compose-agents.ts";
import type { Clock } from "./core/clock.ts";
import type { Disposable } from "./core/disposable.ts";
import { makePrivateFolder } from "./core/durable-file.ts";
import { version } from "./core/version.ts";
import { watchIdle } from "./host/idle-watch.ts";
import { publishHost, withdrawHost } from "./host/publish.ts";
import type { RunningHost } from "./host/running-host.ts";
import { acquireStartLock, type StartLock } from "./host/start-lock.ts";
import { Hub } from "./hub/router.ts";
import { type BlobStore, createBlobStore } from "./journal/blob-store.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { verifyJournal } from "./journal/verify-journal.ts";
import { errorDetails, fileLogger, type Logger } from "./observability/logger.ts";
import { type HostInfo, protocolRange } from "./protocol/host-info.ts";
import type { Actor } from "./protocol/journal.ts";
import { Deliveries } from "./rpc/deliveries.ts";
import { type Endpoint, listen } from "./rpc/endpoint.ts";
import { refusedConnections } from "./rpc/refused-connections.ts";
import type { Session } from "./rpc/session.ts";
import { shippedRules } from "./rules/phases.ts";
import { createStore } from "./store/journal-store.ts";
import type { Store } from "./store/store.ts";
import { AgentRegistry, type RegisteredAgent } from "./team/agent-registry.ts";
import { Runs } from "./team/runs.ts";

export interface HostOptions {
  readonly location: WorkspaceLocation;
  readonly mode: HostInfo["mode"];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** The analysis worker's module. */
  readonly workerUrl: URL;
  /** Closes the host after this long without clients and runs; null: only on request. */
  readonly idleMs: number | null;
  /** Goes on with the runs that an earlier host left open. */
  readonly resumesRuns: boolean;
}

const hostActor: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Builds a host and lets it listen: the only place where services are made and joined. If another process holds
 * the workspace, says which one.
 *
 * @throws HostError of the journal, the lock or the endpoint; then nothing runs on.
 */
export async function startHost(options: HostOptions): Promise<RunningHost | { readonly heldBy: number }> {
  const { location } = options;
  const endpoint = endpointFor(location.workspaceId, options.env, randomBytes(16).toString("hex"));
  await makePrivateFolder(location.stateFolder);
  const acquired = await acquireStartLock(location.lockFile);
  if ("holder" in acquired) return { heldBy: acquired.holder.pid };
  try {
    const logger = fileLogger({ file: location.logFile, minLevel: "info", now: options.clock.now });
    const host = new ComposedHost(options, {
      lock: acquired.lock,
      logger,
      services: await buildServices(options, logger),
    });
    await host.start(endpoint);
    return host;
  } catch (error) {
    await acquired.lock.release();
    throw error;
  }
}

interface Services {
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly store: Store;
  readonly runs: Runs;
  readonly deliveries: Deliveries;
  readonly agents: readonly Disposable[];
}

async function buildServices(options: HostOptions, logger: Logger): Promise<Services> {
  const { location, clock } = options;
  const onError = (message: string) => (error: unknown) => logger.log("error", message, errorDetails(error));
  const journal = await openJournal({
    directory: location.stateFolder,
    workspaceId: location.workspaceId,
    clock,
    host: { version, pid: process.pid, mode: options.mode },
    actor: hostActor,
    onListenerError: onError("a journal listener failed"),
  });
  const blobs = createBlobStore({ directory: location.stateFolder });
  const hub = new Hub({
    clock,
    newId: randomUUID,
    onDeadLetter: (message, reason) =>
      logger.log("warn", "a message was not delivered", {
        type: message.type,
        recipient: message.recipient,
        reason,
      }),
  });
  const team = composeAgents({ workerUrl: options.workerUrl, clock }).map((agent) =>
    register(agent, { hub, clock, logger }),
  );
  const store = createStore({
    journal,
    blobs,
    directory: location.stateFolder,
    clock,
    isLive: (runId): boolean => runs.isLive(runId),
    onError: onError("the run list could not be saved"),
  });
  const runs = new Runs({
    journal,
    blobs,
    store,
    hub,
    clock,
    registry: new AgentRegistry(team.map((member) => member.registered)),
    rules: shippedRules,
    rulesChecksum: createHash("sha256").update(JSON.stringify(shippedRules)).digest("hex"),
    newRunId: () => `r-${clock.now().getTime().toString(36)}-${randomBytes(3).toString("hex")}`,
    root: location.realPath,
    stateFolder: location.stateFolder,
    onRunError: (runId, error) => logger.log("error", "a run stopped", { runId, ...errorDetails(error) }),
  });
  const deliveries = new Deliveries({
    journal,
    deliver: (entry) => store.delivered(entry),
    onError: onError("an entry was delivered without its words"),
  });
  return { journal, blobs, store, runs, deliveries, agents: team.map((member) => member.attachment) };
}

function register(
  agent: Agent,
  given: { hub: Hub; clock: Clock; logger: Logger },
): { registered: RegisteredAgent; attachment: Disposable } {
  const agentId = `${agent.agentType}-1`;
  const attachment = attachAgent(agent, {
    hub: given.hub,
    agentId,
    clock: given.clock,
    onUnexpectedError: (error) =>
      given.logger.log("error", "an agent failed", { agentId, ...errorDetails(error) }),
  });
  return { registered: { agentId, agentType: agent.agentType, taskTypes: agent.taskTypes }, attachment };
}

/** States: starting → listening → closing → closed. */
class ComposedHost implements RunningHost {
  info!: HostInfo;
  readonly closed: Promise<void>;
  private readonly options: HostOptions;
  private readonly lock: StartLock;
  private readonly logger: Logger;
  private readonly services: Services;
  private readonly sessions = new Set<Session>();
  private endpoint: Endpoint | null = null;
  private idle: Disposable | null = null;
  private closing: Promise<void> | null = null;
  private onClosed: () => void = () => undefined;

  constructor(options: HostOptions, given: { lock: StartLock; logger: Logger; services: Services }) {
    this.options = options;
    this.lock = given.lock;
    this.logger = given.logger;
    this.services = given.services;
    this.closed = new Promise((resolve) => {
      this.onClosed = resolve;
    });
  }

  async start(address: string): Promise<void> {
    const { location, clock, mode, idleMs } = this.options;
    const token = randomBytes(32).toString("hex");
    const startedAt = clock.now().toISOString();
    const { journal } = this.services;
    const refused = refusedConnections({ journal, actor: hostActor, monotonicMs: clock.monotonicMs });
    try {
      this.endpoint = await listen({
        address,
        token,
        onConnection: (socket) => {
          this.accept(socket, startedAt).catch((error: unknown) => {
            socket.terminate();
            this.logger.log("error", "a client could not be served", errorDetails(error));
          });
        },
        onRefused: (reason) => refused(reason),
        onError: (error) => this.logger.log("error", "a connection failed", errorDetails(error)),
      });
      this.info = {
        endpoint: address,
        token,
        pid: process.pid,
        version,
        protocol: protocolRange,
        startedAt,
        mode,
      };
      await publishHost(location, this.info);
    } catch (error) {
      await this.close("it could not listen");
      throw error;
    }
    this.logger.log("info", "listening", { version, mode, workspaceId: location.workspaceId });
    if (idleMs !== null) this.watchIdle(idleMs);
    if (this.options.resumesRuns) await this.resumeRuns();
  }

  async close(reason: string): Promise<void> {
    this.closing ??= this.closeOnce(reason);
    await this.closing;
  }

  private async accept(socket: WebSocket, startedAt: string): Promise<void> {
    const { location } = this.options;
    // What arrives before the session listens would be lost.
    socket.pause();
    // Loaded with the first client: a host listens sooner without it.
    const [{ Session }, { hostMethods }] = await Promise.all([
      import("./rpc/session.ts"),
      import("./rpc/host-methods.ts"),
    ]);
    const session = new Session({
      socket,
      workspaceId: location.workspaceId,
      methods: hostMethods({
        ...this.services,
        workspaceId: location.workspaceId,
        stateFolder: location.stateFolder,
        startedAt,
        verify: (signal) => verifyJournal({ directory: location.stateFolder }, signal),
        stop: (reason) => setImmediate(() => void this.close(reason)),
      }),
      onUnexpectedError: (errorId, error) =>
        this.logger.log("error", "a request failed", { errorId, ...errorDetails(error) }),
    });
    socket.resume();
    this.sessions.add(session);
    const progress = this.services.runs.progress.subscribe((note) =>
      session.notify("task/progress", { workspaceId: location.workspaceId, ...note }),
    );
    session.signal.addEventListener("abort", () => {
      progress.dispose();
      this.sessions.delete(session);
    });
  }

  private watchIdle(idleMs: number): void {
    this.idle = watchIdle({
      idleMs,
      monotonicMs: this.options.clock.monotonicMs,
      isBusy: () => this.sessions.size > 0 || this.services.runs.liveCount > 0,
      onIdle: () => void this.close("nobody needed it"),
    });
  }

  private async resumeRuns(): Promise<void> {
    const { runs } = await this.services.store.listRuns({ limit: 100 });
    for (const run of runs.filter((each) => each.finishedAt === null)) {
      try {
        await this.services.runs.resume(run.runId, hostActor, "a host started again");
      } catch (error) {
        // One run that cannot go on must not keep the others from it.
        this.logger.log("warn", "a run could not be resumed", { runId: run.runId, ...errorDetails(error) });
      }
    }
  }

  private async closeOnce(reason: string): Promise<void> {
    const { journal, runs, deliveries, agents, store } = this.services;
    const { location } = this.options;
    this.idle?.dispose();
    const steps: (() => Promise<void> | void)[] = [
      () => runs.pauseAll(reason),
      () => deliveries.settled(),
      () => {
        for (const session of this.sessions) {
          session.notify("host/closing", { workspaceId: location.workspaceId, reason });
          session.close(reason);
        }
      },
      () => withdrawHost(location, this.info),
      () => this.endpoint?.close(),
      () => {
        for (const agent of agents) agent.dispose();
        deliveries.dispose();
      },
      () => store.close(),
      () => journal.close(reason),
      () => this.lock.release(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        // Every later step still matters: the journal must be closed and the lock given back.
        this.logger.log("error", "the host closes with a fault", errorDetails(error));
      }
    }
    this.logger.log("info", "closed", { reason });
    this.onClosed();
  }
}

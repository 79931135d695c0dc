import { createHash, randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { WebSocket } from "ws";
import type { Agent } from "./agents/agent.ts";
import { attachAgent } from "./agents/attach-agent.ts";
import type { WorkspaceLocation } from "./client/workspace-location.ts";
import { composeAgents } from "./compose-agents.ts";
import type { Clock } from "./core/clock.ts";
import type { Disposable } from "./core/disposable.ts";
import { memorySaver } from "./host/spare-memory.ts";
import { Hub } from "./hub/router.ts";
import { createBlobStore } from "./journal/blob-store.ts";
import type { Journal } from "./journal/journal.ts";
import { verifyJournal } from "./journal/verify-journal.ts";
import { errorDetails, type Logger } from "./observability/logger.ts";
import type { Actor } from "./protocol/journal.ts";
import { Deliveries } from "./rpc/deliveries.ts";
import { hostMethods } from "./rpc/host-methods.ts";
import { type MethodTable, Session } from "./rpc/session.ts";
import { shippedRules } from "./rules/phases.ts";
import { createStore } from "./store/journal-store.ts";
import { AgentRegistry, type RegisteredAgent } from "./team/agent-registry.ts";
import { Runs } from "./team/runs.ts";

export interface ServicesOptions {
  readonly location: WorkspaceLocation;
  readonly clock: Clock;
  /** Module of the analysis process. */
  readonly analysisUrl: URL;
  readonly env: NodeJS.ProcessEnv;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly startedAt: string;
  /** Begins to close the host. */
  stop(reason: string): void;
}

/** What works behind the socket: the team, and a session for each client. */
export interface HostServices {
  /** Whether a client is connected or a run is under way. */
  isBusy(): boolean;
  accept(socket: WebSocket): void;
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
  const hub = new Hub({
    clock,
    newId: randomUUID,
    onDeadLetter: ({ type, recipient }, reason) =>
      logger.log("warn", "a message was not delivered", { type, recipient, reason }),
  });
  const agents = composeAgents({
    analysisUrl: options.analysisUrl,
    analysisEnv: analysisEnvironment(options),
    clock,
  }).map((agent) => register(agent, hub, options));
  const store = createStore({
    journal,
    blobs,
    directory: location.stateFolder,
    clock,
    isLive: (runId): boolean => runs.isLive(runId),
    onError: onError("the run list could not be saved"),
  });
  const memory = memorySaver();
  const runs = new Runs({
    journal,
    blobs,
    store,
    hub,
    clock,
    registry: new AgentRegistry(agents.map((agent) => agent.registered)),
    rules: shippedRules,
    rulesChecksum: createHash("sha256").update(JSON.stringify(shippedRules)).digest("hex"),
    newRunId: () => `r-${clock.now().getTime().toString(36)}-${randomBytes(3).toString("hex")}`,
    root: location.realPath,
    stateFolder: location.stateFolder,
    onRest: () => memory.rest(),
    onRunError: (runId, error) => logger.log("error", "a run stopped", { runId, ...errorDetails(error) }),
  });
  const deliveries = new Deliveries({
    journal,
    deliver: (entry) => store.delivered(entry),
    onError: onError("an entry was delivered without its words"),
  });
  const methods = hostMethods({
    workspaceId: location.workspaceId,
    stateFolder: location.stateFolder,
    startedAt: options.startedAt,
    journal,
    blobs,
    store,
    runs,
    deliveries,
    verify: (signal) => verifyJournal({ directory: location.stateFolder }, signal),
    stop: options.stop,
  });
  return new ComposedServices(options, {
    runs,
    store,
    deliveries,
    methods,
    owned: [memory, ...agents.map((agent) => agent.attachment)],
  });
}

interface Parts {
  readonly runs: Runs;
  readonly store: ReturnType<typeof createStore>;
  readonly deliveries: Deliveries;
  readonly methods: MethodTable;
  readonly owned: readonly Disposable[];
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
    return this.sessions.size > 0 || this.parts.runs.liveCount > 0;
  }

  accept(socket: WebSocket): void {
    const { logger, location } = this.options;
    const session = new Session({
      socket,
      workspaceId: location.workspaceId,
      methods: this.parts.methods,
      onUnexpectedError: (errorId, error) =>
        logger.log("error", "a request failed", { errorId, ...errorDetails(error) }),
    });
    this.sessions.add(session);
    const progress = this.parts.runs.progress.subscribe((note) =>
      session.notify("task/progress", { workspaceId: location.workspaceId, ...note }),
    );
    const stopped = this.parts.runs.stopped.subscribe(({ runId, problem }) => {
      const { code, message, hint } = problem;
      const words = hint === undefined ? { code, message } : { code, message, hint };
      session.notify("run/stopped", { workspaceId: location.workspaceId, runId, ...words });
    });
    session.signal.addEventListener("abort", () => {
      progress.dispose();
      stopped.dispose();
      this.sessions.delete(session);
    });
  }

  async resumeRuns(actor: Actor): Promise<void> {
    const { runs } = await this.parts.store.listRuns({ limit: 100 });
    for (const run of runs.filter((each) => each.finishedAt === null)) {
      try {
        await this.parts.runs.resume(run.runId, actor, "a host started again");
      } catch (error) {
        // One run that cannot go on must not keep the others from it.
        this.options.logger.log("warn", "a run could not be resumed", {
          runId: run.runId,
          ...errorDetails(error),
        });
      }
    }
  }

  async close(reason: string): Promise<void> {
    const { runs, deliveries, store, owned } = this.parts;
    await runs.pauseAll(reason);
    await deliveries.settled();
    for (const session of this.sessions) {
      session.notify("host/closing", { workspaceId: this.options.location.workspaceId, reason });
      session.close(reason);
    }
    for (const each of owned) each.dispose();
    deliveries.dispose();
    await store.close();
  }
}

/** What Node.js needs to start, and where it keeps compiled code; nothing else of the host's environment. */
function analysisEnvironment({ env, location }: ServicesOptions): NodeJS.ProcessEnv {
  const needed = ["SystemRoot", "TMPDIR", "TEMP", "TMP", "ELECTRON_RUN_AS_NODE"];
  const kept = needed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: join(location.home, "cache") };
}

function register(
  agent: Agent,
  hub: Hub,
  { clock, logger }: ServicesOptions,
): { registered: RegisteredAgent; attachment: Disposable } {
  const agentId = `${agent.agentType}-1`;
  const attachment = attachAgent(agent, {
    hub,
    agentId,
    clock,
    onUnexpectedError: (error) => logger.log("error", "an agent failed", { agentId, ...errorDetails(error) }),
  });
  return { registered: { agentId, agentType: agent.agentType, taskTypes: agent.taskTypes }, attachment };
}

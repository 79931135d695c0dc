import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { endpointFor, type WorkspaceLocation } from "./client/workspace-location.ts";
import type { HostServices } from "./compose-services.ts";
import type { Clock } from "./core/clock.ts";
import type { Disposable } from "./core/disposable.ts";
import { version } from "./core/version.ts";
import type { HostFiles } from "./host/host-files.ts";
import { watchIdle } from "./host/idle-watch.ts";
import { prepareHome } from "./host/prepare-home.ts";
import { publishHost, withdrawHost } from "./host/publish.ts";
import type { RunningHost } from "./host/running-host.ts";
import { acquireStartLock, type StartLock } from "./host/start-lock.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import { errorDetails, fileLogger, type Logger } from "./observability/logger.ts";
import type { HostInfo } from "./protocol/host-info.ts";
import type { Actor } from "./protocol/journal.ts";
import { protocolRange } from "./protocol/protocol-range.ts";
import { type Endpoint, listen } from "./rpc/endpoint.ts";
import { refusedConnections } from "./rpc/refused-connections.ts";
import { Redactor, secretsIn } from "./security/redactor.ts";

export interface HostOptions {
  readonly location: WorkspaceLocation;
  readonly mode: HostInfo["mode"];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly files: HostFiles;
  /** Closes the host after this long without clients and runs; null: only on request. */
  readonly idleMs: number | null;
  /** Goes on with the runs that an earlier host left open. */
  readonly resumesRuns: boolean;
}

const hostActor: Actor = { kind: "system", id: "host", role: "host" };

/**
 * Builds a host and lets it listen. If another process holds the workspace, says which one. With
 * `compose-services.ts` and `compose-agents.ts` the only place where services are made and joined.
 *
 * @throws HostError of the journal, the lock or the endpoint; then nothing runs on.
 */
export async function startHost(options: HostOptions): Promise<RunningHost | { readonly heldBy: number }> {
  const { location, clock, mode } = options;
  const address = endpointFor(location.workspaceId, options.env, randomBytes(16).toString("hex"));
  await prepareHome(location);
  const acquired = await acquireStartLock(location.lockFile);
  if ("holder" in acquired) return { heldBy: acquired.holder.pid };
  const { lock } = acquired;
  try {
    const redactor = new Redactor();
    for (const secret of secretsIn(options.env)) redactor.add(secret);
    const redact = (text: string): string => redactor.redact(text);
    const logger = fileLogger({ file: location.logFile, minLevel: "info", now: clock.now, redact });
    const journal = await openJournal({
      directory: location.stateFolder,
      workspaceId: location.workspaceId,
      clock,
      host: { version, pid: process.pid, mode },
      actor: hostActor,
      onListenerError: (error) => logger.log("error", "a journal listener failed", errorDetails(error)),
    });
    const info: HostInfo = {
      endpoint: address,
      token: randomBytes(32).toString("hex"),
      pid: process.pid,
      version,
      protocol: protocolRange,
      startedAt: clock.now().toISOString(),
      mode,
    };
    const host = new ComposedHost(options, { lock, logger, journal, info, redactor });
    await host.start();
    return host;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Foundations {
  readonly lock: StartLock;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly info: HostInfo;
  readonly redactor: Redactor;
}

/** States: starting → listening → closing → closed. */
class ComposedHost implements RunningHost {
  readonly info: HostInfo;
  readonly closed: Promise<void>;
  private readonly options: HostOptions;
  private readonly foundations: Foundations;
  /** Null until the first client comes or runs are to be resumed: a host listens sooner without them. */
  private services: Promise<HostServices> | null = null;
  private isBusy: () => boolean = () => false;
  private endpoint: Endpoint | null = null;
  private idle: Disposable | null = null;
  private closing: Promise<void> | null = null;
  private onClosed: () => void = () => undefined;

  constructor(options: HostOptions, foundations: Foundations) {
    this.options = options;
    this.foundations = foundations;
    this.info = foundations.info;
    this.closed = new Promise((resolve) => {
      this.onClosed = resolve;
    });
  }

  async start(): Promise<void> {
    const { location, clock, mode, idleMs } = this.options;
    const { journal, logger } = this.foundations;
    try {
      this.endpoint = await listen({
        address: this.info.endpoint,
        token: this.info.token,
        onConnection: (socket, stream) => this.accept(socket, stream),
        onRefused: refusedConnections({ journal, actor: hostActor, monotonicMs: clock.monotonicMs }),
        onError: (error) => logger.log("error", "a connection failed", errorDetails(error)),
      });
      await publishHost(location, this.info);
    } catch (error) {
      await this.close("it could not listen");
      throw error;
    }
    logger.log("info", "listening", { version, mode, workspaceId: location.workspaceId });
    if (idleMs !== null) this.watchIdle(idleMs);
    // After whoever waits for the start has heard of it.
    if (this.options.resumesRuns) setImmediate(() => this.resumeRuns());
  }

  async close(reason: string): Promise<void> {
    this.closing ??= this.closeOnce(reason);
    await this.closing;
  }

  private accept(socket: WebSocket, stream: Duplex): void {
    // What arrives before the session listens would be lost.
    socket.pause();
    this.composed().then(
      (services) => {
        if (this.closing !== null) socket.close(1001, "the host is closing");
        else services.accept(socket, stream);
        socket.resume();
      },
      (error: unknown) => {
        socket.terminate();
        this.foundations.logger.log("error", "a client could not be served", errorDetails(error));
      },
    );
  }

  private async composed(): Promise<HostServices> {
    this.services ??= import("./compose-services.ts").then(({ composeServices }) => {
      const { location, clock, env, files } = this.options;
      const { journal, logger, info, redactor } = this.foundations;
      const stop = (reason: string): void => void this.close(reason);
      const { startedAt } = info;
      const services = composeServices({
        location,
        clock,
        files,
        env,
        journal,
        logger,
        redactor,
        startedAt,
        stop,
      });
      this.isBusy = () => services.isBusy();
      return services;
    });
    return await this.services;
  }

  private watchIdle(idleMs: number): void {
    this.idle = watchIdle({
      idleMs,
      monotonicMs: this.options.clock.monotonicMs,
      isBusy: () => this.isBusy(),
      onIdle: () => void this.close("nobody needed it"),
    });
  }

  /** Behind the back of the start: clients can connect meanwhile. */
  private resumeRuns(): void {
    this.composed()
      .then((services) => services.resumeRuns(hostActor))
      .catch((error: unknown) =>
        this.foundations.logger.log("error", "runs could not be resumed", errorDetails(error)),
      );
  }

  private async closeOnce(reason: string): Promise<void> {
    const { journal, lock, logger } = this.foundations;
    this.idle?.dispose();
    const steps: (() => Promise<void> | void | undefined)[] = [
      async () => await (await this.services)?.close(reason),
      () => withdrawHost(this.options.location, this.info),
      () => this.endpoint?.close(),
      () => journal.close(reason),
      () => lock.release(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        // Every later step still matters: the journal must be closed and the lock given back.
        logger.log("error", "the host closes with a fault", errorDetails(error));
      }
    }
    logger.log("info", "closed", { reason });
    this.onClosed();
  }
}

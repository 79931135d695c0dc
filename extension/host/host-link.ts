import type { HostConnection } from "../../agent-host/client/host-connection.ts";
import { type Clock, withLimit } from "../../agent-host/core/clock.ts";
import { HostError, isHostError, messageOf } from "../../agent-host/core/host-error.ts";
import type { LinkView } from "../../agent-host/protocol/webview.ts";
import type { CrashLoop } from "./crash-loop.ts";
import type { HostPort } from "./host-port.ts";
import { whileNotAborted } from "./while-not-aborted.ts";

/**
 * idle        no host is needed; what was seen last still stands
 * connecting  on the way, because a command or an unfinished run needs it
 * live        connected and subscribed
 * retrying    the host died; a new one is tried after a pause
 * stopped     it died too often, or cannot start; only a person starts it again
 * disposed    the folder or the window is closed
 */
export type LinkState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly connection: HostConnection }
  | { readonly kind: "retrying"; readonly attempt: number; readonly lostAt: Date }
  | { readonly kind: "stopped"; readonly problem: HostError; readonly lostAt: Date }
  | { readonly kind: "disposed" };

export interface HostLinkOptions {
  readonly port: HostPort;
  readonly clock: Clock;
  readonly crashLoop: CrashLoop;
  /** Highest number of tries, for the view. */
  readonly tries: number;
  /** Subscribes and catches up; the link is live once this resolves. */
  onOpen(connection: HostConnection, signal: AbortSignal): Promise<void>;
  onState(state: LinkState): void;
  /** Whether a run waits for a host to go on. */
  isNeeded(): boolean;
  log(message: string): void;
}

const stopLimitMs = 15_000;
/** A host that lost its lock or its life needs this long at most to be gone. */
const spawnAttempts = 8;
const spawnPauseMs = 500;

/** One folder's way to its host: attach, start, watch, restart. */
export class HostLink {
  private current: LinkState = { kind: "idle" };
  private turn: Promise<unknown> = Promise.resolve();
  private isClosing = false;
  private isRestarting = false;
  private reviving = false;
  private lastFailure: unknown;
  private readonly lifetime = new AbortController();
  private readonly options: HostLinkOptions;

  constructor(options: HostLinkOptions) {
    this.options = options;
  }

  get state(): LinkState {
    return this.current;
  }

  get view(): LinkView {
    const state = this.current;
    switch (state.kind) {
      case "retrying":
        return {
          kind: "retrying",
          attempt: state.attempt,
          of: this.options.tries,
          lostAt: state.lostAt.toISOString(),
        };
      case "stopped":
        return {
          kind: "stopped",
          message: state.problem.message,
          hint: state.problem.hint ?? null,
          lostAt: state.lostAt.toISOString(),
        };
      case "disposed":
        return { kind: "idle" };
      default:
        return { kind: state.kind };
    }
  }

  /** Connects if a host is live; starts none. Never rejects. */
  async attach(): Promise<void> {
    try {
      await this.inTurn(async () => {
        if (this.current.kind === "live" || this.lifetime.signal.aborted) return;
        await this.openFound();
      });
    } catch (error) {
      if (!this.lifetime.signal.aborted) this.options.log(`No live host: ${messageOf(error)}`);
    }
  }

  /**
   * A live connection, starting a host if there is none.
   *
   * @throws HostError `host.stopped` after too many crashes, and what starting or connecting throws.
   */
  async connection(signal: AbortSignal): Promise<HostConnection> {
    if (this.current.kind === "live") return this.current.connection;
    if (this.current.kind === "stopped") {
      throw new HostError("host.stopped", "The agent host is stopped", {
        hint: "Use 'Agent Team: Restart Host', or look at its log with 'Agent Team: Show Logs'",
        cause: this.current.problem,
      });
    }
    return await whileNotAborted(
      this.inTurn(() => this.open()),
      signal,
    );
  }

  /** Ends the live host, if any, and starts a new one. Forgets earlier crashes. */
  async restart(signal: AbortSignal): Promise<void> {
    this.options.crashLoop.reset();
    await whileNotAborted(
      this.inTurn(async () => {
        await this.openFound().catch((error: unknown) => this.options.log(messageOf(error)));
        await this.stopLive();
        await this.open();
      }),
      signal,
    );
  }

  dispose(): void {
    const before = this.current;
    this.lifetime.abort(new HostError("host.linkClosed", "The folder was closed"));
    this.change({ kind: "disposed" });
    if (before.kind === "live") before.connection.dispose();
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return await result;
  }

  private async open(): Promise<HostConnection> {
    this.lifetime.signal.throwIfAborted();
    if (this.current.kind === "live") return this.current.connection;
    if (this.current.kind !== "retrying") this.change({ kind: "connecting" });
    try {
      const found = await this.openFound();
      if (found !== null) return found;
      return await this.openSpawned();
    } catch (error) {
      if (this.current.kind === "connecting") this.change({ kind: "idle" });
      throw error;
    }
  }

  /**
   * Starts a host and joins it. Another one may hold the start lock that is just ending, or has not let go of it
   * yet: then nobody answers at the address that is published, and a later try finds the place free.
   */
  private async openSpawned(): Promise<HostConnection> {
    const { port, clock, log } = this.options;
    const { signal } = this.lifetime;
    for (let attempt = 1; ; attempt += 1) {
      const info = await port.spawn(signal);
      try {
        const connection = await this.begin(await port.connect(info, signal));
        log(`Host process ${info.pid}, version ${info.version}`);
        return connection;
      } catch (error) {
        if (attempt >= spawnAttempts || !isHostError(error) || !goneCodes.has(error.code)) throw error;
        log(`Nobody answers at the published address, trying again: ${messageOf(error)}`);
        await clock.sleep(spawnPauseMs, signal);
      }
    }
  }

  private async openFound(): Promise<HostConnection | null> {
    if (this.current.kind === "live") return this.current.connection;
    const info = await this.options.port.find(this.lifetime.signal);
    if (info === null) return null;
    try {
      return await this.begin(await this.options.port.connect(info, this.lifetime.signal));
    } catch (error) {
      // Published by a host that is gone, or replaced between reading and connecting.
      if (isHostError(error) && goneCodes.has(error.code)) return null;
      throw error;
    }
  }

  private async begin(connection: HostConnection): Promise<HostConnection> {
    this.isClosing = false;
    connection.onNotification("host/closing", ({ reason }) => {
      this.isClosing = true;
      this.options.log(`The host closes: ${reason}`);
    });
    connection.onClose(() => this.lost(connection));
    try {
      const opened = this.options.onOpen(connection, this.lifetime.signal);
      await withLimit(opened, openLimit, this.lifetime.signal);
    } catch (error) {
      connection.dispose();
      throw error;
    }
    this.options.log(`Connected to host ${connection.host.host.pid} at entry ${connection.host.seq}`);
    this.change({ kind: "live", connection });
    return connection;
  }

  private lost(connection: HostConnection): void {
    if (this.current.kind !== "live" || this.current.connection !== connection) return;
    const crashed = !this.isClosing;
    this.change({ kind: "idle" });
    if (this.isRestarting || (!crashed && !this.options.isNeeded())) return;
    this.options.log(crashed ? "The host died" : "A run needs a host of its own");
    void this.revive(crashed);
  }

  /** Starts again until it is live or has died too often. Never rejects. */
  private async revive(crashed: boolean): Promise<void> {
    if (this.reviving) return;
    this.reviving = true;
    const lostAt = this.options.clock.now();
    try {
      if (crashed && !(await this.pauseAfterCrash(lostAt))) return;
      while (!(await this.opened())) {
        if (!(await this.pauseAfterCrash(lostAt))) return;
      }
    } finally {
      this.reviving = false;
    }
  }

  private async opened(): Promise<boolean> {
    try {
      await this.inTurn(() => this.open());
      return true;
    } catch (error) {
      if (this.lifetime.signal.aborted) return true;
      this.options.log(`The host does not start: ${messageOf(error)}`);
      this.lastFailure = error;
      return false;
    }
  }

  /** False when there shall be no further try. */
  private async pauseAfterCrash(lostAt: Date): Promise<boolean> {
    const { clock, crashLoop } = this.options;
    const verdict = crashLoop.record(clock.monotonicMs());
    if (verdict.kind === "stop") {
      this.change({ kind: "stopped", problem: this.crashProblem(verdict.crashes), lostAt });
      return false;
    }
    this.change({ kind: "retrying", attempt: verdict.attempt, lostAt });
    try {
      await clock.sleep(verdict.delayMs, this.lifetime.signal);
      return true;
    } catch {
      // The link was disposed while it waited.
      return false;
    }
  }

  private crashProblem(crashes: number): HostError {
    const cause = this.lastFailure;
    const last = cause === undefined ? "" : `: ${messageOf(cause)}`;
    return new HostError("host.crashLoop", `The host ended ${crashes} times in 5 minutes${last}`, {
      hint: "Look at its log, then restart it",
      cause,
    });
  }

  private async stopLive(): Promise<void> {
    if (this.current.kind !== "live") return;
    const { connection } = this.current;
    const signal = this.lifetime.signal;
    this.isRestarting = true;
    try {
      const closed = new Promise<void>((resolve) => {
        connection.onClose(resolve);
      });
      const { workspaceId } = connection.host;
      const asked = connection
        .request("host/stop", { workspaceId, reason: "restart asked for by a person" }, signal)
        .catch(ignoreClosed);
      await withLimit(Promise.all([asked, closed]), stopLimit, signal);
    } finally {
      this.isRestarting = false;
    }
  }

  private change(state: LinkState): void {
    if (this.current.kind === "disposed") return;
    this.current = state;
    this.options.onState(state);
  }
}

const goneCodes = new Set(["host.unreachable", "host.unauthorized", "rpc.closed"]);

const openLimit = {
  limitMs: 30_000,
  code: "host.silent",
  message: "The host does not hand over its state",
  hint: "Look at its log, or end its process and try again",
};

const stopLimit = {
  limitMs: stopLimitMs,
  code: "host.stopSlow",
  message: `The host did not end within ${stopLimitMs / 1_000} seconds`,
  hint: "Its runs are still being paused. Try again, or look at its log",
};

/** A host that stops may close the connection before its answer is out. */
function ignoreClosed(error: unknown): void {
  if (!isHostError(error) || error.code !== "rpc.closed") throw error;
}

import { connectToHost, type HostConnection } from "../client/host-connection.ts";
import { readHostInfo } from "../client/host-info-file.ts";
import type { WorkspaceLocation } from "../client/workspace-location.ts";
import { HostError, isHostError } from "../core/host-error.ts";
import { version } from "../core/version.ts";
import type { RunningHost } from "../host/running-host.ts";
import type { HostInfo } from "../protocol/host-info.ts";
import { protocolRange } from "../protocol/protocol-range.ts";
import type { CliContext } from "./cli-context.ts";

export interface AttachOptions {
  readonly location: WorkspaceLocation;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly monotonicMs: () => number;
  /** Tries to become the host in this process; null if another process holds the start lock. */
  become(): Promise<RunningHost | { readonly heldBy: number }>;
}

/** A connection to the workspace's host, which may be in this very process. */
export interface Attachment {
  readonly connection: HostConnection;
  /** Set when this process became the host. */
  readonly host: RunningHost | null;
  /** Ends the connection, and the host if it is this process. */
  close(reason: string): Promise<void>;
}

const waitForHostMs = 10_000;
const pollMs = 50;
/** It is this very process, and still loads most of itself: on a busy machine that takes its time. */
const ownHostLimitMs = 60_000;

/**
 * Connects to the live host of the workspace, else becomes it.
 *
 * @throws HostError `host.locked` when another process holds the lock but does not listen within 10 seconds.
 */
export async function attachOrBecome(options: AttachOptions, signal: AbortSignal): Promise<Attachment> {
  const startedAt = options.monotonicMs();
  for (;;) {
    const live = await connectToLiveHost(options.location, signal);
    if (live !== null) return attachment(live, null);
    const host = await options.become();
    if (!("heldBy" in host)) return await attachToOwn(host, options.location, signal);
    if (options.monotonicMs() - startedAt > waitForHostMs) {
      throw new HostError("host.locked", `Process ${host.heldBy} holds this workspace but does not answer`, {
        hint: `Look at ${options.location.logFile}, or end that process and try again`,
      });
    }
    await options.sleep(pollMs, signal);
  }
}

/** The host must not outlive a command that cannot speak to it: it would keep the process from ending. */
async function attachToOwn(
  host: RunningHost,
  location: WorkspaceLocation,
  signal: AbortSignal,
): Promise<Attachment> {
  try {
    return attachment(await connect(host.info, location, signal, ownHostLimitMs), host);
  } catch (error) {
    await host.close("its command could not speak to it");
    throw error;
  }
}

/** Null when no host is published or nobody listens there. */
export async function connectToLiveHost(
  location: WorkspaceLocation,
  signal: AbortSignal,
): Promise<HostConnection | null> {
  const info = await readHostInfo(location);
  if (info === null) return null;
  try {
    return await connect(info, location, signal);
  } catch (error) {
    if (isHostError(error) && absentCodes.has(error.code)) return null;
    // An older host makes way for us as soon as it has paused its runs.
    if (isHostError(error) && error.code === "protocol.unsupported" && info.protocol.max < protocolRange.min)
      return null;
    throw error;
  }
}

/** The file is left from a host that is gone, or is about to be replaced by one that starts. */
const absentCodes = new Set(["host.unreachable", "host.unauthorized", "rpc.closed"]);

async function connect(
  info: HostInfo,
  location: WorkspaceLocation,
  signal: AbortSignal,
  limitMs?: number,
): Promise<HostConnection> {
  const identity = { name: "agent-team command line", version, workspaceId: location.workspaceId };
  return await connectToHost(info, limitMs === undefined ? identity : { ...identity, limitMs }, signal);
}

function attachment(connection: HostConnection, host: RunningHost | null): Attachment {
  return {
    connection,
    host,
    async close(reason) {
      connection.dispose();
      await host?.close(reason);
    },
  };
}

/** `attachOrBecome` for a command: a host that lives as long as the command does. */
export async function attach(location: WorkspaceLocation, context: CliContext): Promise<Attachment> {
  const { clock, env } = context;
  return await attachOrBecome(
    {
      location,
      sleep: clock.sleep,
      monotonicMs: clock.monotonicMs,
      become: async () => {
        const { startHost } = await import("../compose.ts");
        return await startHost({
          location,
          mode: "command-line",
          env,
          clock,
          files: context,
          idleMs: null,
          resumesRuns: false,
        });
      },
    },
    context.signal,
  );
}

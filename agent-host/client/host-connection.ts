import { connect as netConnect } from "node:net";
import {
  type CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc/node";
import { WebSocket } from "ws";
import { withLimit } from "../core/clock.ts";
import { type Disposable, disposable } from "../core/disposable.ts";
import { HostError, isHostError, messageOf } from "../core/host-error.ts";
import type { HostInfo } from "../protocol/host-info.ts";
import type { WorkspaceId } from "../protocol/ids.ts";
import {
  type ClientMethod,
  type ClientMethodParams,
  type ClientMethodResult,
  type ClientNotificationName,
  type ClientNotificationParams,
  clientMethods,
  type Method,
  type MethodParams,
  type MethodResult,
  type NotificationName,
  type NotificationParams,
  notifications,
} from "../protocol/methods.ts";
import { protocolRange } from "../protocol/protocol-range.ts";
import { failedRequest, fromResponseError, toResponseError } from "./peer-errors.ts";
import { webSocketTransport } from "./web-socket-transport.ts";

export interface ClientIdentity {
  readonly name: string;
  readonly version: string;
  readonly workspaceId: WorkspaceId;
  /** The client answers the requests of `clientMethods`; false if not given. */
  readonly isEditor?: boolean;
  /** How long the host may take for the upgrade, and again for `initialize`, in ms; 5 s if not given. */
  readonly limitMs?: number;
}

/** An initialized connection to a live host. After a close every call rejects with `rpc.closed`. */
export interface HostConnection {
  /** What the host said of itself. */
  readonly host: MethodResult<"initialize">;
  /**
   * @throws HostError with the host's code and hint; `rpc.closed` when the connection ends first;
   * the signal's reason when it aborts (the host is told to stop working on it).
   */
  request<M extends Method>(
    method: M,
    params: MethodParams<M>,
    signal: AbortSignal,
  ): Promise<MethodResult<M>>;
  onNotification<N extends NotificationName>(
    name: N,
    listener: (params: NotificationParams<N>) => void,
  ): Disposable;
  /** Tells the host something that it does not answer. Lost without a word when the connection is closed. */
  notify<N extends ClientNotificationName>(name: N, params: ClientNotificationParams<N>): void;
  /**
   * Answers the host's requests of this kind, one answer for each kind. `signal` aborts when the host no longer wants
   * it or the connection ends. A `HostError` reaches the host with its code; of anything else it learns the message.
   */
  onRequest<M extends ClientMethod>(
    method: M,
    answer: (params: ClientMethodParams<M>, signal: AbortSignal) => Promise<ClientMethodResult<M>>,
  ): Disposable;
  onClose(listener: () => void): Disposable;
  dispose(): void;
}

const defaultLimitMs = 5_000;
/** Replies may carry a whole replay; requests to the host are held to 1 MiB there. */
const maxReplyBytes = 64 * 1024 * 1024;

/**
 * Connects and negotiates the protocol.
 *
 * @throws HostError `host.unreachable` (nobody listens), `host.silent` (no answer in time),
 * `host.unauthorized`, `protocol.unsupported`.
 */
export async function connectToHost(
  info: HostInfo,
  identity: ClientIdentity,
  signal: AbortSignal,
): Promise<HostConnection> {
  const { limitMs = defaultLimitMs } = identity;
  // The address in the URL is not used: the connection goes to the endpoint. That it is one of a socket keeps
  // VS Code's extension host from sending the request through its proxy agent instead.
  const socket = new WebSocket("ws+unix:/agent-team.sock:/", {
    createConnection: () => netConnect({ path: info.endpoint }),
    headers: { authorization: `Bearer ${info.token}` },
    maxPayload: maxReplyBytes,
    perMessageDeflate: false,
    handshakeTimeout: limitMs,
  });
  try {
    await opened(socket, { pid: info.pid, limitMs }, signal);
    const connection = new SocketHostConnection(socket);
    const host = await withLimit(
      connection.request(
        "initialize",
        {
          protocol: protocolRange,
          client: { name: identity.name, version: identity.version },
          ...(identity.isEditor === true ? { capabilities: { editor: true } } : {}),
        },
        signal,
      ),
      {
        limitMs,
        code: "host.silent",
        message: `The host (process ${info.pid}) does not answer`,
        hint: silentHint,
      },
      signal,
    );
    if (host.workspaceId !== identity.workspaceId) {
      throw new HostError("host.otherWorkspace", "The host at this address serves another workspace");
    }
    connection.host = host;
    return connection;
  } catch (error) {
    socket.terminate();
    throw error;
  }
}

const silentHint = "Run 'agent-team doctor' to see what it does, or end that process and try again";

async function opened(
  socket: WebSocket,
  { pid, limitMs }: { pid: number; limitMs: number },
  signal: AbortSignal,
): Promise<void> {
  const opening = new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", (error) => reject(connectError(error, pid)));
    socket.once("unexpected-response", (_request, response) => {
      reject(
        new HostError(
          "host.unauthorized",
          `The host refused the connection with status ${response.statusCode}`,
        ),
      );
    });
  });
  const limit = {
    limitMs,
    code: "host.silent",
    message: `The host (process ${pid}) does not answer`,
    hint: silentHint,
  };
  await withLimit(opening, limit, signal);
}

function connectError(error: Error, pid: number): HostError {
  const silent = error.message.includes("handshake has timed out");
  return new HostError(
    silent ? "host.silent" : "host.unreachable",
    silent ? `The host (process ${pid}) does not answer` : "No host listens",
    {
      cause: error,
      hint: silentHint,
    },
  );
}

class SocketHostConnection implements HostConnection {
  host!: MethodResult<"initialize">;
  private readonly rpc: MessageConnection;
  private readonly closeListeners = new Set<() => void>();
  private readonly closing = new AbortController();

  constructor(socket: WebSocket) {
    const { reader, writer } = webSocketTransport(socket);
    this.rpc = createMessageConnection(reader, writer);
    this.rpc.onClose(() => this.close());
    this.rpc.onError(() => socket.terminate());
    this.rpc.listen();
  }

  async request<M extends Method>(
    method: M,
    params: MethodParams<M>,
    signal: AbortSignal,
  ): Promise<MethodResult<M>> {
    signal.throwIfAborted();
    if (this.isClosed) throw closedError();
    const source = new CancellationTokenSource();
    const onAbort = (): void => source.cancel();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.rpc.sendRequest<MethodResult<M>>(method, params, source.token);
    } catch (error) {
      signal.throwIfAborted();
      throw this.isClosed ? closedError() : fromPeer(error);
    } finally {
      signal.removeEventListener("abort", onAbort);
      source.dispose();
    }
  }

  onNotification<N extends NotificationName>(
    name: N,
    listener: (params: NotificationParams<N>) => void,
  ): Disposable {
    return this.rpc.onNotification(name, (params: unknown) => {
      const parsed = notifications[name].safeParse(params);
      if (parsed.success) listener(parsed.data as NotificationParams<N>);
    });
  }

  notify<N extends ClientNotificationName>(name: N, params: ClientNotificationParams<N>): void {
    if (this.isClosed) return;
    // A failed send means that the connection is closing, which its listeners hear of.
    this.rpc.sendNotification(name, params).catch(() => undefined);
  }

  onRequest<M extends ClientMethod>(
    method: M,
    answer: (params: ClientMethodParams<M>, signal: AbortSignal) => Promise<ClientMethodResult<M>>,
  ): Disposable {
    return this.rpc.onRequest(method, async (params: unknown, token: CancellationToken) => {
      const parsed = clientMethods[method].params.safeParse(params);
      if (!parsed.success) {
        throw toResponseError(new HostError("rpc.invalidParams", `${method}: the parameters do not fit`));
      }
      const cancelled = new AbortController();
      const listener = token.onCancellationRequested(() =>
        cancelled.abort(new HostError("rpc.cancelled", "The host cancelled")),
      );
      try {
        const signal = AbortSignal.any([cancelled.signal, this.closing.signal]);
        return await answer(parsed.data as ClientMethodParams<M>, signal);
      } catch (error) {
        throw toResponseError(
          isHostError(error) ? error : new HostError("client.failed", messageOf(error), { cause: error }),
        );
      } finally {
        listener.dispose();
      }
    });
  }

  onClose(listener: () => void): Disposable {
    this.closeListeners.add(listener);
    return disposable(() => this.closeListeners.delete(listener));
  }

  dispose(): void {
    if (this.isClosed) return;
    this.closing.abort(closedError());
    this.closeListeners.clear();
    this.rpc.end();
    this.rpc.dispose();
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private close(): void {
    if (this.isClosed) return;
    this.closing.abort(closedError());
    // Rejects everything that still waits for an answer.
    this.rpc.dispose();
    for (const listener of [...this.closeListeners]) listener();
  }
}

function closedError(cause?: unknown): HostError {
  return new HostError("rpc.closed", "The connection to the host is closed", {
    cause,
    hint: "The run goes on in its host; connect again to see it",
  });
}

function fromPeer(error: unknown): HostError {
  // Not the host's answer: the request never left, because the host closes.
  if (error instanceof ResponseError && error.code === ErrorCodes.MessageWriteError) {
    return closedError(error);
  }
  return fromResponseError(error) ?? failedRequest(error);
}

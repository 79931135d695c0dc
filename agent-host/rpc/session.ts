import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc/node";
import type { WebSocket } from "ws";
import type { z } from "zod";
import { toResponseError } from "../client/peer-errors.ts";
import { webSocketTransport } from "../client/web-socket-transport.ts";
import { systemClock } from "../core/clock.ts";
import type { Disposable } from "../core/disposable.ts";
import { HostError, isHostError } from "../core/host-error.ts";
import type { ErrorData } from "../protocol/errors.ts";
import {
  type ClientMethod,
  type ClientMethodParams,
  type ClientMethodResult,
  type ClientNotificationName,
  type ClientNotificationParams,
  type Method,
  type MethodResult,
  methods,
  type NotificationName,
  type NotificationParams,
} from "../protocol/methods.ts";
import { ClientRequests } from "./client-requests.ts";
import { TextFlow, type TextNote } from "./text-flow.ts";

/** What a method's implementation gets: parsed parameters and the session it was called on. */
export type MethodImplementation<M extends Method> = (
  params: z.output<(typeof methods)[M]["params"]>,
  call: Call,
) => Promise<MethodResult<M>>;

/** One request under way. */
export interface Call {
  readonly session: Session;
  /** Aborts when the client cancels or goes away. */
  readonly signal: AbortSignal;
  /** Runs `action` once the answer has been handed to the connection, so that it reaches the client first. */
  afterAnswer(action: () => void): void;
}
export type MethodTable = { readonly [M in Method]: MethodImplementation<M> };

/** A client this far behind gets no more progress notes, only entries. */
const progressBacklogBytes = 256 * 1024;
/** A client this far behind is closed with 1013; it connects again and asks for what it missed. */
const maxBacklogBytes = 8 * 1024 * 1024;
/** A client that goes on asking with so many bytes of answers unread is cut off. */
const maxUnreadBytes = 32 * 1024 * 1024;
const maxPendingRequests = 256;

export interface SessionOptions {
  readonly socket: WebSocket;
  /** What `socket` writes to. */
  readonly stream: Pick<Duplex, "cork" | "uncork">;
  readonly workspaceId: string;
  readonly methods: MethodTable;
  /** An error nobody expected; the peer sees only the id. */
  onUnexpectedError(errorId: string, error: unknown): void;
}

/**
 * One client's connection: request → schema → implementation → answer or error. The only place where a
 * failure becomes a JSON-RPC error.
 */
export class Session {
  /** The client as it named itself; null until `initialize`. */
  client: { name: string; version: string } | null = null;
  /** Whether the client answers the requests of `clientMethods`, as it said in `initialize`. */
  isEditor = false;
  private readonly options: SessionOptions;
  private readonly rpc: MessageConnection;
  private readonly closing = new AbortController();
  private readonly subscriptions = new Set<Disposable>();
  private readonly outward: ClientRequests;
  private readonly text: TextFlow;
  /** Runs whose text the client wants; null: those of all. */
  private readonly followed = new Set<string | null>();
  private pending = 0;
  private isGathering = false;

  constructor(options: SessionOptions) {
    this.options = options;
    const { reader, writer } = webSocketTransport(options.socket);
    this.rpc = createMessageConnection(reader, writer);
    this.outward = new ClientRequests(this.rpc, options.workspaceId, this.closing.signal);
    this.text = new TextFlow({
      send: (note) => this.notify("task/text", { workspaceId: options.workspaceId, ...note }),
      backlogBytes: () => options.socket.bufferedAmount,
      monotonicMs: systemClock.monotonicMs,
      later: (act, ms) => {
        const timer = setTimeout(act, ms);
        return () => clearTimeout(timer);
      },
    });
    for (const method of Object.keys(methods) as Method[]) this.register(method);
    this.rpc.onClose(() => this.release());
    this.rpc.onError(() => options.socket.terminate());
    this.rpc.listen();
  }

  /** Ends with the session. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /** Disposes `subscription` when the session ends. */
  own(subscription: Disposable): void {
    if (this.closing.signal.aborted) subscription.dispose();
    else this.subscriptions.add(subscription);
  }

  notify<N extends NotificationName>(name: N, params: NotificationParams<N>): void {
    if (this.closing.signal.aborted) return;
    const backlog = this.options.socket.bufferedAmount;
    if (backlog > maxBacklogBytes) {
      this.options.socket.close(1013, "too far behind; connect again");
      return;
    }
    if (name === "task/progress" && backlog > progressBacklogBytes) return;
    if (name === "state/event") this.flushText(params as NotificationParams<"state/event">);
    this.gather();
    // A failed send means that the connection is closing, which `onClose` handles.
    this.rpc.sendNotification(name, params).catch(() => undefined);
  }

  /** Streamed text goes to this client from now on; `null` for that of every run. */
  follow(runId: string | null): void {
    this.followed.add(runId);
  }

  /** Passes streamed text on, gathered and within bounds, if the client follows its run. */
  stream(note: TextNote): void {
    if (this.followed.has(null) || this.followed.has(note.runId)) this.text.add(note);
  }

  /** Asks the client. Of an editor only; see `ClientRequests.send` for what it throws. */
  async request<M extends ClientMethod>(
    method: M,
    params: Omit<ClientMethodParams<M>, "workspaceId">,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<ClientMethodResult<M>> {
    return await this.outward.send(method, params, limitMs, signal);
  }

  onNotification<N extends ClientNotificationName>(
    name: N,
    listener: (params: ClientNotificationParams<N>) => void,
  ): Disposable {
    return this.outward.onNotification(name, listener);
  }

  close(reason: string): void {
    this.options.socket.close(1001, reason);
    this.release();
  }

  /** One write to the system for all that is sent in this turn of the event loop: many entries come together. */
  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    const { stream } = this.options;
    stream.cork();
    setImmediate(() => {
      this.isGathering = false;
      stream.uncork();
    });
  }

  /** What led to an entry comes before it. */
  private flushText({ entry }: NotificationParams<"state/event">): void {
    const { runId, taskId } = entry;
    if (runId !== null && taskId !== null) this.text.flushTask({ runId, taskId });
  }

  private register(method: Method): void {
    this.rpc.onRequest(method, (params: unknown, token: CancellationToken) =>
      this.answer(method, params, token),
    );
  }

  private async answer(method: Method, params: unknown, token: CancellationToken): Promise<unknown> {
    this.cutOffIfDeaf();
    if (this.pending >= maxPendingRequests) {
      throw toResponseError(new HostError("rpc.busy", `${maxPendingRequests} requests are already open`));
    }
    this.pending += 1;
    const cancelled = new AbortController();
    const afterwards: (() => void)[] = [];
    const listener = token.onCancellationRequested(() =>
      cancelled.abort(new HostError("rpc.cancelled", "The client cancelled")),
    );
    try {
      return await this.call(method, params, {
        session: this,
        signal: AbortSignal.any([cancelled.signal, this.closing.signal]),
        afterAnswer: (action) => afterwards.push(action),
      });
    } catch (error) {
      throw this.translated(error);
    } finally {
      listener.dispose();
      this.pending -= 1;
      // The connection writes the answer in the microtasks that follow.
      setImmediate(() => {
        this.cutOffIfDeaf();
        for (const action of afterwards) action();
      });
    }
  }

  private cutOffIfDeaf(): void {
    if (this.options.socket.bufferedAmount > maxUnreadBytes) this.options.socket.terminate();
  }

  private async call(method: Method, params: unknown, call: Call): Promise<unknown> {
    if (this.client === null && method !== "initialize") {
      throw new HostError("rpc.notInitialized", "The first request must be initialize");
    }
    const parsed = methods[method].params.safeParse(params);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const place = issue === undefined || issue.path.length === 0 ? "params" : issue.path.join(".");
      throw new HostError("rpc.invalidParams", `${method}: ${place}: ${issue?.message ?? "does not fit"}`);
    }
    const named = parsed.data as { workspaceId?: string };
    if (named.workspaceId !== undefined && named.workspaceId !== this.options.workspaceId) {
      throw new HostError("rpc.otherWorkspace", `This host serves ${this.options.workspaceId}`);
    }
    const implementation = this.options.methods[method] as (params: unknown, call: Call) => Promise<unknown>;
    return await implementation(parsed.data, call);
  }

  private translated(error: unknown): ResponseError<ErrorData> {
    if (isHostError(error)) return toResponseError(error);
    const errorId = randomUUID();
    this.options.onUnexpectedError(errorId, error);
    return new ResponseError(ErrorCodes.InternalError, `Internal error ${errorId}`, {
      code: "host.internal",
      hint: `The host's log tells more under ${errorId}`,
      errorId,
    });
  }

  private release(): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort(new HostError("rpc.closed", "The connection is closed"));
    for (const subscription of this.subscriptions) subscription.dispose();
    this.subscriptions.clear();
    this.text.dispose();
    this.rpc.dispose();
  }
}

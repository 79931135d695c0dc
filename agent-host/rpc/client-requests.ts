import { CancellationTokenSource, type MessageConnection } from "vscode-jsonrpc/node";
import { failedRequest, fromResponseError } from "../client/peer-errors.ts";
import { type Disposable, disposable } from "../core/disposable.ts";
import { HostError } from "../core/host-error.ts";
import {
  type ClientMethod,
  type ClientMethodParams,
  type ClientMethodResult,
  type ClientNotificationName,
  type ClientNotificationParams,
  clientMethods,
  clientNotifications,
} from "../protocol/methods.ts";

/** More requests than this that one client has not answered are refused. */
const maxOpenRequests = 256;

type Unscoped<P> = Omit<P, "workspaceId">;
type Listener = (params: never) => void;

/** The direction that JSON-RPC calls the other one: what the host asks a client, and what a client tells unasked. */
export class ClientRequests {
  private readonly rpc: MessageConnection;
  private readonly workspaceId: string;
  private readonly closing: AbortSignal;
  private readonly listeners = new Map<ClientNotificationName, Set<Listener>>();
  private open = 0;

  /** `closing` aborts with the connection. */
  constructor(rpc: MessageConnection, workspaceId: string, closing: AbortSignal) {
    this.rpc = rpc;
    this.workspaceId = workspaceId;
    this.closing = closing;
    for (const name of Object.keys(clientNotifications) as ClientNotificationName[]) {
      rpc.onNotification(name, (params: unknown) => this.hear(name, params));
    }
  }

  /**
   * @throws HostError `rpc.timeout` after `limitMs`, `rpc.closed` when the connection ends first, `rpc.badAnswer` for
   * one that does not fit its schema, `rpc.busy`, what the client throws; the signal's reason when it aborts. The
   * client is told to stop working on it.
   */
  async send<M extends ClientMethod>(
    method: M,
    params: Unscoped<ClientMethodParams<M>>,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<ClientMethodResult<M>> {
    if (this.open >= maxOpenRequests) {
      throw new HostError("rpc.busy", `The client has ${maxOpenRequests} requests open`);
    }
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new HostError("rpc.timeout", `No answer to ${method} in ${limitMs} ms`)),
      limitMs,
    );
    this.open += 1;
    try {
      const ended = AbortSignal.any([signal, this.closing, late.signal]);
      return answerOf(method, await this.sent(method, params, ended));
    } finally {
      clearTimeout(timer);
      this.open -= 1;
    }
  }

  onNotification<N extends ClientNotificationName>(
    name: N,
    listener: (params: ClientNotificationParams<N>) => void,
  ): Disposable {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return disposable(() => all.delete(listener));
  }

  private async sent(method: ClientMethod, params: object, ended: AbortSignal): Promise<unknown> {
    ended.throwIfAborted();
    const source = new CancellationTokenSource();
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const onEnd = (): void => {
          source.cancel();
          reject(ended.reason);
        };
        ended.addEventListener("abort", onEnd, { once: true });
        this.rpc
          .sendRequest(method, { workspaceId: this.workspaceId, ...params }, source.token)
          .then(resolve, (error: unknown) => reject(fromResponseError(error) ?? failedRequest(error)))
          .finally(() => ended.removeEventListener("abort", onEnd));
      });
    } finally {
      source.dispose();
    }
  }

  /** What does not fit is passed over: nobody waits for it. */
  private hear(name: ClientNotificationName, params: unknown): void {
    const parsed = clientNotifications[name].safeParse(params);
    if (!parsed.success || parsed.data.workspaceId !== this.workspaceId) return;
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(parsed.data as never);
  }
}

function answerOf<M extends ClientMethod>(method: M, answer: unknown): ClientMethodResult<M> {
  const parsed = clientMethods[method].result.safeParse(answer);
  if (parsed.success) return parsed.data as ClientMethodResult<M>;
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? "" : `: ${issue.path.join(".")}: ${issue.message}`;
  throw new HostError("rpc.badAnswer", `The client's answer to ${method} does not fit${place}`);
}

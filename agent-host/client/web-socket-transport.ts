import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import type { RawData, WebSocket } from "ws";
import { HostError } from "../core/host-error.ts";

/** JSON-RPC messages over a WebSocket: one message per text frame. Both ends use it. */
export function webSocketTransport(socket: WebSocket): { reader: MessageReader; writer: MessageWriter } {
  return { reader: new WebSocketMessageReader(socket), writer: new WebSocketMessageWriter(socket) };
}

class WebSocketMessageReader extends AbstractMessageReader implements MessageReader {
  private readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.socket = socket;
    socket.on("close", () => this.fireClose());
    socket.on("error", (error) => this.fireError(error));
  }

  listen(callback: DataCallback): Disposable {
    const onMessage = (data: RawData, isBinary: boolean): void => {
      const message = isBinary ? null : parseMessage(String(data));
      if (message !== null) callback(message);
      // 1007: a frame that is not what the protocol carries. Nothing after it can be trusted to be in step.
      else this.socket.close(1007, "one JSON-RPC object per text frame");
    };
    this.socket.on("message", onMessage);
    return { dispose: () => this.socket.off("message", onMessage) };
  }
}

function parseMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
    return (value as { jsonrpc?: unknown }).jsonrpc === "2.0" && hasUsableParts(value)
      ? (value as Message)
      : null;
  } catch {
    // Not JSON: refused by the caller like any other wrong frame.
    return null;
  }
}

interface Parts {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

/** What the connection takes for granted before it calls anything that checks. */
function hasUsableParts({ id, method, params }: Parts): boolean {
  if (id !== undefined && id !== null && !isId(id)) return false;
  if (method === undefined) return id !== undefined;
  if (typeof method !== "string" || id === null) return false;
  if (params !== undefined && (typeof params !== "object" || params === null)) return false;
  return method !== "$/cancelRequest" || isId((params as Parts | undefined)?.id);
}

function isId(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

class WebSocketMessageWriter extends AbstractMessageWriter implements MessageWriter {
  private readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.socket = socket;
    socket.on("close", () => this.fireClose());
  }

  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== this.socket.OPEN) {
        reject(new HostError("rpc.closed", "The connection is closed"));
        return;
      }
      this.socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
    });
  }

  end(): void {
    this.socket.close();
  }
}

import { timingSafeEqual } from "node:crypto";
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Server, Socket } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { HostError } from "../core/host-error.ts";

// Not an import: the ES module face of a built-in module touches every export, which loads more than is used.
const { createServer } = process.getBuiltinModule("node:net");

/** Largest frame a client may send. */
// A request to start a run may bring a script of 4 MB along.
const maxFrameBytes = 6 * 1024 * 1024;
const maxConnections = 64;
/** Sockets open at one time, also those that have not asked for an upgrade yet; more are dropped. */
const maxSockets = 256;
const defaultAdmissionMs = 5_000;
/** How long clients have to answer a close before their sockets are cut. */
const closeLimitMs = 1_000;

export interface Endpoint {
  /** Refuses new connections and closes the address; a client that does not close within a second is cut off. */
  close(): Promise<void>;
}

export interface EndpointOptions {
  readonly address: string;
  /** 64 hexadecimal digits; new at every start. */
  readonly token: string;
  /** How long a socket may be open without having been let in; 5 s if not given. */
  readonly admissionMs?: number;
  /** `stream` is what `socket` writes to. */
  onConnection(socket: WebSocket, stream: Duplex): void;
  /** An upgrade that was refused, and why. */
  onRefused(reason: string): void;
  onError(error: unknown): void;
}

/**
 * Listens on a Unix socket or named pipe. The upgrade checks token, Host and Origin: no web page can make a
 * browser send a matching request here, and no local user but the owner can read the token.
 *
 * @throws HostError `host.endpointUnsafe` when the socket's folder belongs to someone else or is open to others.
 */
export async function listen(options: EndpointOptions): Promise<Endpoint> {
  await preparePrivateFolder(options.address);
  const sockets = new Set<Socket>();
  /** Those that were not let in yet, each with what cuts it off. */
  const waiting = new Map<Duplex, NodeJS.Timeout>();
  const stopWaiting = (socket: Duplex): void => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  let http: HttpServer | null = null;
  // As an HTTP server makes its sockets.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    waiting.set(
      socket,
      setTimeout(() => socket.destroy(), options.admissionMs ?? defaultAdmissionMs),
    );
    socket.once("close", () => {
      sockets.delete(socket);
      stopWaiting(socket);
    });
    // Loaded with the first client, as all of HTTP is: a host listens sooner without it.
    http ??= upgradeServer(options, stopWaiting);
    http.emit("connection", socket);
  });
  server.maxConnections = maxSockets;
  await listening(server, options.address);
  return {
    async close() {
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, closeLimitMs);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of waiting.keys()) socket.destroy();
      });
      clearTimeout(cut);
      if (process.platform !== "win32") await rm(options.address, { force: true });
    },
  };
}

/** Speaks HTTP on the sockets it is given, as far as an upgrade needs it. It does not listen itself. */
function upgradeServer(options: EndpointOptions, onAccepted: (socket: Duplex) => void): HttpServer {
  const http = process.getBuiltinModule("node:http");
  let acceptor: Promise<WebSocketAcceptor> | null = null;
  let connections = 0;
  const server = http.createServer((_request, response) => response.writeHead(404).end());
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The HTTP server has let go of the socket: without a listener a peer that is gone would end the host.
    socket.on("error", () => undefined);
    const refusal =
      connections >= maxConnections ? "too many connections" : refusalOf(request, options.token);
    if (refusal !== null) {
      options.onRefused(refusal);
      // Destroyed once it is written: a peer that never closes its half must not keep the socket.
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () =>
        socket.destroy(),
      );
      return;
    }
    onAccepted(socket);
    connections += 1;
    socket.once("close", () => {
      connections -= 1;
    });
    acceptor ??= webSocketAcceptor();
    acceptor
      .then((accept) => accept(request, socket, head, options.onConnection))
      .catch((error: unknown) => {
        socket.destroy();
        options.onError(error);
      });
  });
  return server;
}

type WebSocketAcceptor = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  onConnection: (webSocket: WebSocket, stream: Duplex) => void,
) => void;

async function webSocketAcceptor(): Promise<WebSocketAcceptor> {
  const { WebSocketServer } = await import("ws");
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });
  return (request, socket, head, onConnection) =>
    server.handleUpgrade(request, socket, head, (webSocket) => {
      // A frame over the limit or a broken one: ws closes the connection itself with the right code.
      webSocket.on("error", () => undefined);
      onConnection(webSocket, socket);
    });
}

function refusalOf(request: IncomingMessage, token: string): string | null {
  if (request.headers.origin !== undefined) return "a browser's Origin header";
  const host = request.headers.host?.replace(/:\d+$/, "");
  if (host !== "agent-team.localhost" && host !== "localhost") return "an unexpected Host header";
  return isToken(request.headers.authorization, token) ? null : "a wrong or missing token";
}

function isToken(header: string | undefined, token: string): boolean {
  const expected = Buffer.from(`Bearer ${token}`);
  const given = Buffer.from(header ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function preparePrivateFolder(address: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = dirname(address);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  const isOurs = status.isDirectory() && status.uid === process.getuid?.();
  if (!isOurs) {
    throw new HostError("host.endpointUnsafe", `${folder} is not a folder of yours`, {
      hint: "Someone else made it first. Set XDG_RUNTIME_DIR to a private folder",
    });
  }
  if ((status.mode & 0o077) !== 0) await chmod(folder, 0o700);
  // Whoever holds the start lock may remove the socket that a killed host left.
  await rm(address, { force: true });
}

async function listening(server: Server, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Stays on: what fails later is one connection that could not be taken.
    server.on("error", (error) => {
      reject(new HostError("host.listenFailed", `The host cannot listen at ${address}`, { cause: error }));
    });
    server.listen(address, resolve);
  });
  if (process.platform !== "win32") await chmod(address, 0o600);
}

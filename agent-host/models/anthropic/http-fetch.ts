import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { HostError } from "../../core/host-error.ts";
import { HttpReply } from "./http-reply.ts";

/** What is asked of a server. */
export interface HttpAsk {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Hears of every piece that comes, the head of the answer included. */
  readonly onBytes?: () => void;
}

/**
 * Asks a server over HTTP/1.1 and comes back with the head of its answer; the body follows as it is read. What follows
 * the signal too: when it aborts, the connection is destroyed, also in the middle of the body.
 *
 * @throws HostError `http.address` (not an http or https address, or one with a password in it), `http.connect` (no
 * connection in time), `http.headers` (the answer's head is too large or not HTTP), the system's error where the
 * connection fails (`ECONNREFUSED`, `ECONNRESET`, …), or the signal's reason.
 */
export type HttpFetch = (url: string, ask: HttpAsk, signal: AbortSignal) => Promise<HttpReply>;

export interface HttpTransport {
  readonly fetch: HttpFetch;
  /** Closes the connections that are kept for later calls; calls under way go on. */
  close(): void;
}

export interface HttpTransportOptions {
  /** How long finding and connecting to a server may take, TLS included. Default 10 s. */
  readonly connectMs?: number;
  /** Most bytes of one answer; reading more fails with `http.tooLarge`. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Most bytes of an answer's head. Default 32 KiB. */
  readonly maxHeaderBytes?: number;
  /** Most idle connections kept for each server. Default 256. */
  readonly maxIdleSockets?: number;
}

/**
 * Node's own client instead of the built-in `fetch`: about half the CPU for each call, and no way around what is asked
 * for. Connections are kept and used again; redirects are not followed; no proxy is used and no variable is read.
 */
export function httpTransport(options: HttpTransportOptions = {}): HttpTransport {
  const limits = {
    connectMs: options.connectMs ?? 10_000,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1_024 * 1_024,
    maxHeaderSize: options.maxHeaderBytes ?? 32 * 1_024,
  };
  const keep = {
    keepAlive: true,
    maxFreeSockets: options.maxIdleSockets ?? 256,
    scheduling: "lifo",
  } as const;
  const plain = new HttpAgent(keep);
  const secure = new HttpsAgent(keep);
  return {
    fetch: async (url, ask, signal) => {
      const address = addressOf(url);
      const agent = address.protocol === "https:" ? secure : plain;
      return await fetchOnce({ address, ask, agent, limits }, signal);
    },
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

interface Limits {
  readonly connectMs: number;
  readonly maxBodyBytes: number;
  readonly maxHeaderSize: number;
}

interface Exchange {
  readonly address: URL;
  readonly ask: HttpAsk;
  readonly agent: HttpAgent;
  readonly limits: Limits;
}

/** @throws HostError `http.address`, which does not repeat the address: it may hold a password. */
export function addressOf(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  const isHttp = address?.protocol === "http:" || address?.protocol === "https:";
  if (address !== null && isHttp && address.username === "" && address.password === "") return address;
  throw new HostError("http.address", "This is no address of a server that can be asked", {
    hint: "Give it as http://… or https://… without a user name or password",
  });
}

async function fetchOnce({ address, ask, agent, limits }: Exchange, signal: AbortSignal): Promise<HttpReply> {
  signal.throwIfAborted();
  const options: RequestOptions = {
    agent,
    method: ask.method,
    headers: ask.body === undefined ? ask.headers : withLength(ask.headers, ask.body),
    maxHeaderSize: limits.maxHeaderSize,
  };
  return await new Promise((resolve, reject) => {
    const request = (address.protocol === "https:" ? httpsRequest : httpRequest)(address, options);
    const onAbort = (): void => {
      request.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // The last event of a request, whatever became of it and of its answer.
    request.once("close", () => signal.removeEventListener("abort", onAbort));
    request.on("error", (error) => reject(failureOf(error)));
    request.once("response", (response: IncomingMessage) => {
      ask.onBytes?.();
      resolve(new HttpReply(response, { maxBytes: limits.maxBodyBytes, onBytes: ask.onBytes }));
    });
    limitConnecting(request, limits.connectMs);
    request.end(ask.body);
  });
}

function withLength(headers: HttpAsk["headers"], body: string): Record<string, string> {
  return { ...headers, "content-length": String(Buffer.byteLength(body)) };
}

function limitConnecting(request: ReturnType<typeof httpRequest>, limitMs: number): void {
  const timer = setTimeout(() => {
    request.destroy(new HostError("http.connect", `No connection to the server within ${limitMs} ms`));
  }, limitMs);
  const done = (): void => clearTimeout(timer);
  request.once("close", done);
  request.once("socket", (socket) => {
    if (!socket.connecting) done();
    else socket.once("encrypted" in socket ? "secureConnect" : "connect", done);
  });
}

function failureOf(error: NodeJS.ErrnoException): Error {
  if (error.code?.startsWith("HPE_") !== true) return error;
  return new HostError("http.headers", `The server's answer is not HTTP as it should be (${error.code})`, {
    cause: error,
  });
}

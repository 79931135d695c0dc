import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eventsOf, frameOf, type MockMessage, type StreamEvent } from "./answer-events.ts";
import type { MockFault } from "./mock-turn.ts";
import { between } from "./seeded-random.ts";

export interface SendOptions {
  readonly random: () => number;
  readonly pieceCharacters: number;
  /** Most bytes written at once, which may end inside a character; null: whole events. */
  readonly fragmentBytes: number | null;
  readonly eventMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly fault: MockFault | undefined;
  /** Hears when the first byte of the body is sent. */
  onPaid(): void;
}

/** Streams a message, or what a fault makes of it. Resolves when nothing more is sent. */
export async function streamAnswer(
  response: ServerResponse,
  message: MockMessage,
  options: SendOptions,
  signal: AbortSignal,
): Promise<void> {
  const { fault } = options;
  response.writeHead(200, {
    ...options.headers,
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
  });
  response.flushHeaders();
  const frames = framesOf(eventsOf(message, options.random, options.pieceCharacters), fault);
  const limit = fault !== undefined && "afterBytes" in fault ? fault.afterBytes : Number.POSITIVE_INFINITY;
  if (limit > 0) options.onPaid();
  await write(response, { frames, limit, options }, signal);
  await finish(response, fault, signal);
}

function framesOf(events: readonly StreamEvent[], fault: MockFault | undefined): string[] {
  if (fault?.kind === "noMessageStop") return events.slice(0, -1).map(frameOf);
  if (fault === undefined || !("atEvent" in fault)) return events.map(frameOf);
  const { atEvent } = fault;
  const before = events.slice(0, atEvent).map(frameOf);
  const after = events.slice(atEvent + 1).map(frameOf);
  if (fault.kind === "withoutEvent") return [...before, ...after];
  if (fault.kind === "badJson") {
    const type = events[atEvent]?.type ?? "content_block_delta";
    return [...before, `event: ${type}\ndata: {"type":"${type}","delta":{"text":\n\n`, ...after];
  }
  const { type = "overloaded_error", message = "Overloaded" } = fault;
  return [...before, frameOf({ type: "error", error: { type, message } })];
}

interface Writing {
  readonly frames: readonly string[];
  readonly limit: number;
  readonly options: SendOptions;
}

async function write(
  response: ServerResponse,
  { frames, limit, options }: Writing,
  signal: AbortSignal,
): Promise<void> {
  let left = limit;
  for (const frame of frames) {
    const bytes = Buffer.from(frame).subarray(0, left);
    left -= bytes.length;
    for (const piece of fragments(bytes, options)) {
      if (response.destroyed) return;
      if (!response.write(piece))
        await Promise.race([once(response, "drain", { signal }), once(response, "close")]);
      if (options.fragmentBytes !== null) await new Promise(setImmediate);
    }
    if (options.eventMs > 0) await sleep(options.eventMs, undefined, { signal });
    if (left <= 0) return;
  }
}

function* fragments(bytes: Buffer, { fragmentBytes, random }: SendOptions): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = fragmentBytes === null ? bytes.length : between(random, 1, fragmentBytes);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function finish(
  response: ServerResponse,
  fault: MockFault | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (fault?.kind === "cut") response.socket?.destroySoon();
  else if (fault?.kind === "stall") await stayOpen(response, fault.pingMs ?? null, signal);
  else if (fault?.kind === "openEnd") await stayOpen(response, null, signal);
  else response.end();
}

/** Until the client goes, or the mock ends. */
export async function stayOpen(
  response: ServerResponse,
  pingMs: number | null,
  signal: AbortSignal,
): Promise<void> {
  const closed = once(response, "close", { signal });
  if (pingMs === null) {
    await closed;
    return;
  }
  const pings = setInterval(() => response.write(frameOf({ type: "ping" })), pingMs);
  await closed.finally(() => clearInterval(pings));
}

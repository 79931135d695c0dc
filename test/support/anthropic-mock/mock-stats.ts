import { createHash } from "node:crypto";
import type { MockUsage } from "./answer-events.ts";

/** What the mock has seen so far. */
export interface MockStats {
  /** Requests to /v1/messages, refused ones included. */
  readonly requests: number;
  /** Answers that began: what the API charges for. */
  readonly paid: number;
  /** Answers that began to a request of the very same body as one before. Give each task its own words to use this. */
  readonly paidTwice: number;
  readonly counts: number;
  /** By status, all refusals: 400 for what no client should send, 429, 529 and so on as scripted. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Calls that were left by the client before their end. */
  readonly abandoned: number;
  /** Most calls at once that were not refused. */
  readonly peakConcurrent: number;
  /** Connections that were opened. */
  readonly connections: number;
  /** Of all paid answers, as it was told to the client at their end. `input` includes what came from the cache. */
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
  };
  /** The last few messages with which requests were refused with status 400. */
  readonly complaints: readonly string[];
}

const maxComplaints = 20;
const maxBodies = 1_000_000;

export class StatsBook {
  private requests = 0;
  private paid = 0;
  private paidTwice = 0;
  private counts = 0;
  private abandoned = 0;
  private concurrent = 0;
  private peakConcurrent = 0;
  private connections = 0;
  private readonly refusals: Record<string, number> = {};
  private readonly complaints: string[] = [];
  private readonly bodies = new Set<string>();
  private readonly tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

  get now(): MockStats {
    const { requests, paid, paidTwice, counts, abandoned, peakConcurrent, connections } = this;
    const copies = {
      refusals: { ...this.refusals },
      tokens: { ...this.tokens },
      complaints: [...this.complaints],
    };
    return { requests, paid, paidTwice, counts, abandoned, peakConcurrent, connections, ...copies };
  }

  get concurrentNow(): number {
    return this.concurrent;
  }

  addConnection(): void {
    this.connections += 1;
  }

  addRequest(): void {
    this.requests += 1;
  }

  addCount(): void {
    this.counts += 1;
  }

  addAbandoned(): void {
    this.abandoned += 1;
  }

  addRefusal(status: number, message: string): void {
    this.refusals[status] = (this.refusals[status] ?? 0) + 1;
    if (status !== 400) return;
    this.complaints.push(message);
    if (this.complaints.length > maxComplaints) this.complaints.shift();
  }

  enter(): void {
    this.concurrent += 1;
    this.peakConcurrent = Math.max(this.peakConcurrent, this.concurrent);
  }

  leave(): void {
    this.concurrent -= 1;
  }

  addPaid(body: string): void {
    this.paid += 1;
    const hash = createHash("sha256").update(body).digest("base64");
    if (this.bodies.has(hash)) this.paidTwice += 1;
    if (this.bodies.size < maxBodies) this.bodies.add(hash);
  }

  addTokens(usage: MockUsage): void {
    const {
      input_tokens: fresh,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written,
    } = usage;
    this.tokens.input += fresh + read + written;
    this.tokens.output += usage.output_tokens;
    this.tokens.cacheRead += read;
    this.tokens.cacheWrite += written;
  }
}

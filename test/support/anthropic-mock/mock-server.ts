import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type AnswerBlock, type MockUsage, messageOf } from "./answer-events.ts";
import { checkCountRequest, checkHeaders, checkMessageRequest } from "./check-request.ts";
import { type MockStats, StatsBook } from "./mock-stats.ts";
import type { MockRefusal, MockTurn } from "./mock-turn.ts";
import { PromptCache } from "./prompt-cache.ts";
import type { CountBody, MessageBody } from "./request-schema.ts";
import { seededRandom } from "./seeded-random.ts";
import { stayOpen, streamAnswer } from "./send-answer.ts";

/** A request that passed all checks. */
export interface MockRequest {
  readonly body: MessageBody;
  readonly headers: IncomingHttpHeaders;
  /** How many requests came before, refused ones included. */
  readonly number: number;
}

export interface AnthropicMockOptions {
  /** What is answered; an array is answered in order, and then with status 400. */
  readonly answer: readonly MockTurn[] | ((request: MockRequest) => MockTurn);
  /** The only key that is accepted, as `x-api-key` or bearer. Default `test-key`. */
  readonly key?: string;
  /** Makes fragments and chance the same again. Default 1. */
  readonly seed?: number;
  /** Before the head of each answer. Default 0. */
  readonly latencyMs?: number;
  /** After each event of a stream. Default 0. */
  readonly eventMs?: number;
  /** Most characters of a delta. Default 24. */
  readonly pieceCharacters?: number;
  /** Most bytes written at once, which may end inside a character; null: whole events (fast). Default 40. */
  readonly fragmentBytes?: number | null;
  /** Calls beyond so many at once are answered 429. */
  readonly maxConcurrent?: number;
  /** The `retry-after` of these, in seconds or as a date; absent: none. */
  readonly retryAfter?: string;
  /** Part of the calls (0 to 1) that is answered 529. */
  readonly overloadedShare?: number;
  /** Longer prompts are refused as too long. Tokens are bytes of JSON by four. */
  readonly contextTokens?: number;
  /** Put into the head of every answer and refusal. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many requests `seen` keeps. Default 100. */
  readonly keep?: number;
}

export interface AnthropicMock {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  readonly port: number;
  /** The last requests that passed all checks. */
  readonly seen: readonly MockRequest[];
  stats(): MockStats;
  close(): Promise<void>;
}

const maxBodyBytes = 32 * 1_024 * 1_024;
const maxSentAnswers = 10_000;

/**
 * A strict stand-in for the Messages API of Anthropic on the loopback interface: `/v1/messages` (stream or not) and
 * `/v1/messages/count_tokens`. It refuses what the API refuses, and breaks as it is told. `GET /mock/stats` has the
 * stats as JSON.
 */
export async function startAnthropicMock(options: AnthropicMockOptions): Promise<AnthropicMock> {
  const mock = new MockServer(options);
  const server = createServer((request, response) => {
    mock.serve(request, response).catch((error: unknown) => {
      if (!response.destroyed) response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.on("connection", (socket) => {
    socket.setNoDelay(true);
    mock.book.addConnection();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen: mock.seen,
    stats: () => mock.book.now,
    close: async () => {
      mock.end();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

class MockServer {
  readonly book = new StatsBook();
  readonly seen: MockRequest[] = [];
  private readonly options: AnthropicMockOptions;
  private readonly random: () => number;
  private readonly cache = new PromptCache();
  private readonly sent = new Map<string, { model: string; blocks: readonly AnswerBlock[] }>();
  private readonly ended = new AbortController();
  private turns = 0;

  constructor(options: AnthropicMockOptions) {
    this.options = options;
    this.random = seededRandom(options.seed ?? 1);
  }

  end(): void {
    this.ended.abort();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readBody(request);
    if (request.method === "GET" && request.url === "/mock/stats")
      return sendJson(response, 200, this.book.now);
    if (request.method !== "POST")
      return this.refuse(response, { status: 405, message: "Method Not Allowed" });
    const refused = text === null ? tooLarge : checkHeaders(request.headers, this.options.key ?? "test-key");
    if (refused !== null) return this.refuse(response, refused);
    if (request.url === "/v1/messages/count_tokens") return this.count(response, text ?? "");
    if (request.url !== "/v1/messages") return this.refuse(response, notFound(request.url ?? ""));
    await this.message(request, response, text ?? "");
  }

  private count(response: ServerResponse, text: string): void {
    this.book.addCount();
    const checked = checkCountRequest(parse(text), this.sent);
    if ("refusal" in checked) {
      this.refuse(response, checked.refusal);
      return;
    }
    sendJson(
      response,
      200,
      { input_tokens: new PromptCache().use(checked.body).total },
      this.options.headers,
    );
  }

  private async message(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const number = this.book.now.requests;
    this.book.addRequest();
    const checked = checkMessageRequest(parse(text), this.sent);
    if ("refusal" in checked) return this.refuse(response, checked.refusal);
    const { body } = checked;
    const refusal = this.refusalByChance() ?? this.refusalOfLength(body);
    if (refusal !== null) return this.refuse(response, refusal);
    const seen = { body, headers: request.headers, number };
    this.seen.push(seen);
    if (this.seen.length > (this.options.keep ?? 100)) this.seen.shift();
    this.book.enter();
    try {
      await this.answer(response, seen, text);
    } finally {
      this.book.leave();
    }
  }

  private refusalByChance(): MockRefusal | null {
    const { maxConcurrent, overloadedShare = 0, retryAfter } = this.options;
    if (maxConcurrent !== undefined && this.book.concurrentNow >= maxConcurrent) {
      const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
      return {
        status: 429,
        message: "Number of concurrent connections has exceeded your rate limit",
        headers,
      };
    }
    return this.random() < overloadedShare ? { status: 529, message: "Overloaded" } : null;
  }

  private refusalOfLength(body: CountBody): MockRefusal | null {
    const most = this.options.contextTokens ?? Number.POSITIVE_INFINITY;
    if (most === Number.POSITIVE_INFINITY) return null;
    const { total } = new PromptCache().use(body);
    return total <= most
      ? null
      : { status: 400, message: `prompt is too long: ${total} tokens > ${most} maximum` };
  }

  private async answer(response: ServerResponse, request: MockRequest, text: string): Promise<void> {
    const turn = this.turnFor(request);
    const { signal } = this.ended;
    const isLeft = turn.fault?.kind !== "cut" && turn.fault?.kind !== "reset";
    response.once("close", () => {
      if (isLeft && !response.writableEnded && !signal.aborted) this.book.addAbandoned();
    });
    await sleep((this.options.latencyMs ?? 0) + (turn.delayMs ?? 0), undefined, { signal });
    if (turn.error !== undefined) return this.refuse(response, turn.error);
    const { fault } = turn;
    if (fault?.kind === "reset") return void response.socket?.resetAndDestroy();
    if (fault?.kind === "silent") return await stayOpen(response, null, signal);
    if (fault?.kind === "body") return sendOther(response, fault.contentType, fault.body);
    const message = this.messageFor(turn, request);
    const onPaid = (): void => this.book.addPaid(text);
    if (request.body.stream !== true) {
      onPaid();
      sendJson(response, 200, message, this.options.headers);
    } else {
      const { eventMs = 0, pieceCharacters = 24, fragmentBytes = 40, headers = {} } = this.options;
      const sending = {
        // The same pieces for the same answer, whatever came between.
        random: seededRandom(this.options.seed ?? 1),
        eventMs,
        pieceCharacters,
        fragmentBytes,
        headers,
        fault,
        onPaid,
      };
      await streamAnswer(response, message, sending, signal);
    }
    this.book.addTokens(message.usage);
  }

  private turnFor(request: MockRequest): MockTurn {
    const { answer } = this.options;
    if (typeof answer === "function") return answer(request);
    const turn = answer[this.turns];
    this.turns += 1;
    return turn ?? { error: { status: 400, message: "the mock has no turn left" } };
  }

  private messageFor(turn: MockTurn, { body, number }: MockRequest): ReturnType<typeof messageOf> {
    const message = messageOf(turn, {
      model: body.model,
      serial: String(number).padStart(6, "0"),
      usage: this.usageOf(turn, body),
    });
    const blocks = message.content;
    for (const block of blocks) {
      if (block.type !== "tool_use" || turn.thinking === undefined) continue;
      if (this.sent.size >= maxSentAnswers) this.sent.clear();
      this.sent.set(block.id, { model: body.model, blocks });
    }
    return message;
  }

  private usageOf({ usage, text = "", thinking = "", toolCalls = [] }: MockTurn, body: CountBody): MockUsage {
    const cached = this.cache.use(body);
    const output = Math.ceil(Buffer.byteLength(text + thinking + JSON.stringify(toolCalls)) / 4);
    const input = usage?.input ?? cached.total;
    const read = usage?.cacheRead ?? Math.min(cached.read, input);
    const written = usage?.input === undefined ? cached.written : 0;
    return {
      input_tokens: input - read - written,
      cache_creation_input_tokens: written,
      cache_read_input_tokens: read,
      output_tokens: usage?.output ?? output,
    };
  }

  private refuse(response: ServerResponse, { status, type, message, headers }: MockRefusal): void {
    const words = message ?? "";
    this.book.addRefusal(status, words);
    const error = {
      type: type ?? types[status] ?? (status < 500 ? "invalid_request_error" : "api_error"),
      message: words,
    };
    sendJson(response, status, { type: "error", error }, { ...this.options.headers, ...headers });
  }
}

const types: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

const tooLarge: MockRefusal = { status: 413, message: "Request exceeds the maximum size" };

function notFound(path: string): MockRefusal {
  return { status: 404, message: `Not found: ${path}` };
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= maxBodyBytes) pieces.push(piece);
  }
  return bytes <= maxBodyBytes ? Buffer.concat(pieces).toString() : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Refused by the schema, as anything that is no object.
    return undefined;
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, "content-type": "application/json", "request-id": "req_mock" });
  response.end(JSON.stringify(body));
}

function sendOther(response: ServerResponse, contentType: string, body: string | Uint8Array): void {
  response.writeHead(200, { "content-type": contentType });
  response.end(body);
}

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { HostError } from "../../core/host-error.ts";

export interface HttpReplyOptions {
  readonly maxBytes: number;
  readonly onBytes: (() => void) | undefined;
}

/** As much of `Headers` (Fetch Standard) as is used: making a real one costs more than all the rest of an answer's head. */
export class ReplyHeaders {
  private readonly values: ReadonlyMap<string, string>;

  constructor(headers: IncomingHttpHeaders) {
    const given = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    );
    this.values = new Map(given);
  }

  get(name: string): string | null {
    return this.values.get(name.toLowerCase()) ?? null;
  }

  entries(): IterableIterator<[string, string]> {
    return this.values.entries();
  }
}

/**
 * The answer of a server: as much of `Response` (Fetch Standard) as a reader of JSON or of server-sent events uses.
 * The body can be read once, as pieces or as a whole.
 */
export class HttpReply {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: ReplyHeaders;
  readonly body: AsyncIterable<Uint8Array>;

  constructor(response: IncomingMessage, options: HttpReplyOptions) {
    this.status = response.statusCode ?? 0;
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = new ReplyHeaders(response.headers);
    this.body = { [Symbol.asyncIterator]: () => piecesOf(response, options) };
    // A reader hears of a failure by its own listener; one that comes when nobody reads must not end the process.
    response.on("error", () => undefined);
  }

  async text(): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.body) pieces.push(piece);
    return new TextDecoder().decode(Buffer.concat(pieces));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

function piecesOf(
  response: IncomingMessage,
  { maxBytes, onBytes }: HttpReplyOptions,
): AsyncIterator<Uint8Array> {
  const pieces: AsyncIterator<Buffer, undefined> = response[Symbol.asyncIterator]();
  let bytes = 0;
  const counted = (next: IteratorResult<Buffer, undefined>): IteratorResult<Uint8Array, undefined> => {
    if (next.done === true) return next;
    onBytes?.();
    bytes += next.value.length;
    if (bytes <= maxBytes) return next;
    response.destroy();
    throw new HostError("http.tooLarge", `The server's answer is larger than ${maxBytes} bytes`);
  };
  return {
    next: () => pieces.next().then(counted),
    return: async () => {
      await pieces.return?.();
      return { done: true, value: undefined };
    },
  };
}

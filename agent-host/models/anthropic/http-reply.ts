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
 * The answer of a server: as much of `Response` (Fetch Standard) as a reader of JSON uses, and `read` for a body that is
 * wanted as it comes. The body can be read once.
 */
export class HttpReply {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: ReplyHeaders;
  private readonly response: IncomingMessage;
  private readonly options: HttpReplyOptions;

  constructor(response: IncomingMessage, options: HttpReplyOptions) {
    this.status = response.statusCode ?? 0;
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = new ReplyHeaders(response.headers);
    this.response = response;
    this.options = options;
    // A reader hears of a failure by its own listener; one that comes when nobody reads must not end the process.
    response.on("error", () => undefined);
  }

  /**
   * Calls `act` with each piece of the body and resolves at its end. No promise for each piece: a stream has many.
   *
   * @throws HostError `http.tooLarge`, `http.endedEarly`; the system's error where the connection breaks; what `act`
   * throws. Then the connection is closed.
   */
  async read(act: (piece: Uint8Array) => void): Promise<void> {
    const { response } = this;
    const { maxBytes, onBytes } = this.options;
    let bytes = 0;
    await new Promise<void>((resolve, reject) => {
      const take = (piece: Buffer): void => {
        onBytes?.();
        bytes += piece.length;
        if (bytes > maxBytes) {
          throw new HostError("http.tooLarge", `The server's answer is larger than ${maxBytes} bytes`);
        }
        act(piece);
      };
      response.on("data", (piece: Buffer) => {
        if (response.destroyed) return;
        try {
          take(piece);
        } catch (error) {
          reject(error);
          response.destroy();
        }
      });
      response.once("end", resolve);
      response.once("error", reject);
      response.once("close", () => {
        // Making an error takes longer than all the rest of an end.
        if (response.readableEnded) return;
        reject(new HostError("http.endedEarly", "The answer ended without its end"));
      });
    });
  }

  async text(): Promise<string> {
    const pieces: Uint8Array[] = [];
    await this.read((piece) => pieces.push(piece));
    return new TextDecoder().decode(Buffer.concat(pieces));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

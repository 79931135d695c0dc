import { createParser, type EventSourceParser } from "eventsource-parser";
import { HostError } from "../../core/host-error.ts";
import { isRecord } from "./api-blocks.ts";

/** What an endpoint says went wrong in the middle of its stream. */
class ToldInStream extends HostError {
  /** The body of the event, as the endpoint sent it. */
  readonly error: Readonly<Record<string, unknown>>;

  constructor(body: Readonly<Record<string, unknown>>) {
    super("http.toldInStream", "The endpoint broke off its answer");
    this.error = body;
  }
}

/**
 * Server-sent events (HTML Standard, 9.2) with a JSON object in each, as the Messages API sends them. Pieces may be cut
 * anywhere, also within a character.
 */
export class EventStream {
  private readonly parser: EventSourceParser;
  private readonly decoder = new TextDecoder();

  /** `hear` gets each event but pings, as it was sent: parsed, not checked. */
  constructor(hear: (event: unknown) => void) {
    this.parser = createParser({
      onEvent: ({ event, data }) => {
        if (event === "ping" || data === "") return;
        const body = parsed(data);
        if (event === "error" || (isRecord(body) && body.type === "error")) throw toldInStream(body);
        hear(body);
      },
    });
  }

  /** @throws ToldInStream; HostError `http.badEvent` for data that is no JSON; what `hear` throws. */
  feed(piece: Uint8Array): void {
    this.parser.feed(this.decoder.decode(piece, { stream: true }));
  }
}

function toldInStream(body: unknown): ToldInStream {
  return new ToldInStream(isRecord(body) ? body : {});
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new HostError("http.badEvent", "an event is no JSON");
  }
}

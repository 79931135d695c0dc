/** What the mock answers to one request. Everything is optional: `{}` is an empty answer that ends its turn. */
export interface MockTurn {
  /** Comes first, as a signed thinking block. */
  readonly thinking?: string;
  readonly text?: string;
  /** `id` is made up where it is absent. `cutAt`: only so many characters of the input's JSON come, then the block ends. */
  readonly toolCalls?: readonly MockToolCall[];
  /** As the API calls it. Default `tool_use` with calls, else `end_turn`. */
  readonly stop?: string;
  /** Tokens, in place of the mock's own count. `input` are all of them, those from the cache included. */
  readonly usage?: { readonly input?: number; readonly output?: number; readonly cacheRead?: number };
  /** Wait before the head of the answer, on top of `latencyMs`. */
  readonly delayMs?: number;
  /** Refuse instead of answering. `headers` go with it (`retry-after`, …). */
  readonly error?: MockRefusal;
  /** Break the answer. */
  readonly fault?: MockFault;
}

export interface MockToolCall {
  readonly name: string;
  readonly input: unknown;
  readonly id?: string;
  readonly cutAt?: number;
}

export interface MockRefusal {
  readonly status: number;
  readonly type?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes are of the body, events are those of the stream (`message_start` is number 0). */
export type MockFault =
  /** Nothing is answered and the connection is reset. */
  | { readonly kind: "reset" }
  /** The connection is reset after so many bytes. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** The body ends properly after so many bytes. */
  | { readonly kind: "end"; readonly afterBytes: number }
  /** Nothing comes any more after so many bytes, or nothing but pings every `pingMs`. 0 bytes: the head is all. */
  | { readonly kind: "stall"; readonly afterBytes: number; readonly pingMs?: number }
  /** Not even the head comes. */
  | { readonly kind: "silent" }
  /** An `error` event in the place of this event and all that follow. */
  | {
      readonly kind: "midStreamError";
      readonly atEvent: number;
      readonly type?: string;
      readonly message?: string;
    }
  /** The data of this event is no JSON. */
  | { readonly kind: "badJson"; readonly atEvent: number }
  /** This event does not come. */
  | { readonly kind: "withoutEvent"; readonly atEvent: number }
  | { readonly kind: "noMessageStop" }
  /** All comes, but the connection is not ended. */
  | { readonly kind: "openEnd" }
  /** Another body, as a whole, under another type. */
  | { readonly kind: "body"; readonly contentType: string; readonly body: string | Uint8Array };

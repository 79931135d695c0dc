/** How a key is sent. `both`: some local servers look at one header, some at the other. */
export type EndpointAuth = "apiKey" | "bearer" | "both" | "none";

/** What an endpoint understands of the Messages API. What it does not is left out of the request. */
export interface EndpointAbilities {
  readonly countTokens: boolean;
  readonly thinking: boolean;
  readonly cache: boolean;
  readonly effort: boolean;
}

/** How long an endpoint may take, in ms. */
export interface EndpointPatience {
  /** Until the first byte of an answer: a local server may have to load the model first. */
  readonly firstByteMs: number;
  /** With nothing at all in the middle of an answer. */
  readonly idleMs: number;
  /** For a call as a whole. */
  readonly totalMs: number;
}

/** A server that speaks the Messages API of Anthropic, from a person's settings or shipped. */
export interface EndpointSettings {
  /** `anthropic`, or the name it has in config.yaml. */
  readonly name: string;
  /** Without `/v1`; a path is kept. */
  readonly baseUrl: string;
  readonly auth: EndpointAuth;
  readonly headers: Readonly<Record<string, string>>;
  readonly can: EndpointAbilities;
  /** Absent: 2 minutes, 30 seconds and 10 minutes. */
  readonly patience?: EndpointPatience;
  /** The key now; null: none is known. Asked for at each call, never kept. */
  key(): string | null;
}

/** USD for a million tokens. `cacheWrite` is that of the default lifetime of five minutes. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** One model of an endpoint. */
export interface ModelSettings {
  /** As the endpoint calls it. */
  readonly id: string;
  /** null: not known. */
  readonly contextTokens: number | null;
  /** Most it can answer at once; null: not known. */
  readonly maxOutputTokens: number | null;
  /** null: not known; then only tokens are counted. */
  readonly price: Price | null;
  /** What every token of a call costs whose prompt, cached parts included, is longer; absent: the same. */
  readonly longPrompt?: { readonly overTokens: number; readonly price: Price };
}

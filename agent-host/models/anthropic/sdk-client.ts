import type { Credentials } from "./endpoint-headers.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpReply } from "./http-reply.ts";
import type { CallSetting } from "./message-call.ts";
import type { MessagesClient } from "./sdk.ts";

export interface ClientParts {
  readonly setting: Pick<CallSetting, "endpoint" | "fetch" | "limits" | "onLimits" | "sdk">;
  readonly credentials: Credentials;
  readonly exchange: Exchange;
}

/**
 * A client of the SDK for one call. It writes bodies and reads server-sent events; whatever else it would do by itself
 * is taken from it: no trying again, no logging (its own writes to stdout), no key, address or header from variables
 * or files, no connection of its own.
 */
export async function sdkClient({ setting, credentials, exchange }: ClientParts): Promise<MessagesClient> {
  const { MessagesClient: Client } = await setting.sdk();
  const { endpoint, limits, fetch, onLimits } = setting;
  return new Client({
    baseURL: endpoint.baseUrl,
    // So that it looks for none in the environment; what is sent stands in `credentials`.
    apiKey: "none",
    webhookKey: null,
    maxRetries: 0,
    timeout: limits.totalMs,
    logger: silent,
    logLevel: "off",
    openTelemetry: false,
    fetch: async (url, init) => {
      const ask = {
        method: "POST" as const,
        headers: credentials.headers,
        body: String(init?.body ?? ""),
        onBytes: () => exchange.hear(),
      };
      const reply = await exchange.observe(() => fetch(String(url), ask, init?.signal ?? never));
      onLimits((name) => reply.headers.get(name));
      return asResponse(reply);
    },
  });
}

// The SDK uses no more of `Response` than an `HttpReply` has.
function asResponse(reply: HttpReply): Response {
  return reply as unknown as Response;
}

const quiet = (): void => undefined;
const silent = { error: quiet, warn: quiet, info: quiet, debug: quiet };
const never = new AbortController().signal;

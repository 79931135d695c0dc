import { isRecord } from "./api-blocks.ts";
import { CallWatch } from "./call-watch.ts";
import { credentialsOf } from "./endpoint-headers.ts";
import { Exchange } from "./exchange.ts";
import type { CallSetting } from "./message-call.ts";
import type { CountParams } from "./request-params.ts";
import { sdkClient } from "./sdk-client.ts";

/** A count is worth no long wait: without it, an estimate does. */
const limitMs = 10_000;

/**
 * Asks the endpoint how many tokens a request has; null where it does not tell.
 *
 * @throws the signal's reason when it aborts.
 */
export async function askForCount(
  setting: CallSetting,
  params: CountParams,
  signal: AbortSignal,
): Promise<number | null> {
  signal.throwIfAborted();
  const limits = { idleMs: limitMs, firstByteMs: limitMs, totalMs: limitMs };
  const watch = new CallWatch(setting.clock, limits, signal);
  try {
    const credentials = credentialsOf(setting.endpoint);
    const client = await sdkClient({ setting, credentials, exchange: new Exchange(watch) });
    const asked = params as unknown as Parameters<typeof client.messages.countTokens>[0];
    const counted: unknown = await client.messages.countTokens(asked, { signal: watch.signal });
    const tokens = isRecord(counted) ? counted.input_tokens : undefined;
    return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null;
  } catch {
    // Whatever is wrong with the endpoint, the call itself will meet it and say so.
    signal.throwIfAborted();
    return null;
  } finally {
    watch.close();
  }
}

import type { Clock } from "../../core/clock.ts";
import { HostError } from "../../core/host-error.ts";
import type { EndpointSettings, ModelSettings } from "../endpoint.ts";
import type { ModelAnswer } from "../model.ts";
import { ModelError } from "../model-error.ts";
import { costUsd } from "../prices.ts";
import { AnswerReader } from "./answer-reader.ts";
import { failureOfCall } from "./call-failure.ts";
import { CallWatch, type WatchLimits } from "./call-watch.ts";
import { type Credentials, credentialsOf } from "./endpoint-headers.ts";
import { EventStream } from "./event-stream.ts";
import { Exchange } from "./exchange.ts";
import type { HttpFetch } from "./http-fetch.ts";
import type { CallParams } from "./request-params.ts";
import { sdkClient } from "./sdk-client.ts";

/** What every call of one model has in common. */
export interface CallSetting {
  /** Name of the model, as journaled. */
  readonly name: string;
  readonly endpoint: EndpointSettings;
  readonly model: ModelSettings;
  readonly clock: Clock;
  readonly fetch: HttpFetch;
  readonly limits: WatchLimits;
  readonly onLimits: (header: (name: string) => string | null) => void;
  /** Loads the SDK, once. */
  readonly sdk: () => Promise<typeof import("./sdk.ts")>;
}

export interface MessageCall {
  readonly params: CallParams;
  readonly onText: (text: string) => void;
}

/**
 * Asks once and reads the answer to its end.
 *
 * @throws ModelError for whatever goes wrong; the signal's reason when it aborts; what `onText` throws.
 */
export async function askForMessage(
  setting: CallSetting,
  { params, onText }: MessageCall,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  signal.throwIfAborted();
  const credentials = credentialsOf(setting.endpoint);
  const watch = new CallWatch(setting.clock, setting.limits, signal);
  const exchange = new Exchange(watch);
  const reader = new AnswerReader((text) => exchange.passOn(() => onText(text)));
  try {
    await readEvents({ setting, credentials, watch, exchange, params }, reader);
    return answerOf(setting, reader);
  } catch (error) {
    // What comes after the end of an answer, or does not come, takes nothing from it.
    if (reader.hasEnded && !signal.aborted && !(error instanceof ModelError))
      return answerOf(setting, reader);
    throw failureOfCall(error, { setting, credentials, watch, exchange, reader }, signal);
  } finally {
    watch.close();
  }
}

interface Reading {
  readonly setting: CallSetting;
  readonly credentials: Credentials;
  readonly watch: CallWatch;
  readonly exchange: Exchange;
  readonly params: CallParams;
}

async function readEvents(reading: Reading, reader: AnswerReader): Promise<void> {
  const { watch, params } = reading;
  const client = await sdkClient(reading);
  const asked = { ...params, stream: true } as unknown as Parameters<typeof client.messages.create>[0];
  // The SDK asks; what comes is read here: its stream makes some ten promises of each event, this makes none.
  await client.messages.create({ ...asked, stream: true }, { signal: watch.signal }).asResponse();
  const events = new EventStream((event) => {
    reader.read(event);
    if (reader.hasEnded) watch.expectEnd();
  });
  await reading.exchange.whole((piece) => events.feed(piece));
  if (reader.hasEnded) return;
  if (!reader.hasBegun) throw new HostError("http.notAStream", "What came is no stream of events");
  throw new HostError("http.endedEarly", "The stream ended without its end");
}

function answerOf({ name, model }: CallSetting, reader: AnswerReader): ModelAnswer {
  const { message, tokens } = reader.finish(name);
  return { message, usage: { ...tokens, costUsd: costUsd(model, tokens) } };
}

import type { Clock } from "../../core/clock.ts";
import type { EndpointSettings, ModelSettings } from "../endpoint.ts";
import type { Model, ModelRequest, WorstCase } from "../model.ts";
import { worstCostUsd } from "../prices.ts";
import type { WatchLimits } from "./call-watch.ts";
import { askForCount } from "./count-call.ts";
import { type HttpFetch, httpTransport } from "./http-fetch.ts";
import { askForMessage, type CallSetting } from "./message-call.ts";
import { callParams, countParams, maxTokensOf } from "./request-params.ts";
import { TokenEstimator } from "./token-estimate.ts";

export interface AnthropicModelOptions {
  readonly endpoint: EndpointSettings;
  readonly model: ModelSettings;
  readonly clock: Clock;
  /** Shared by the models of a host, so that they share connections; absent: one of its own. */
  readonly fetch?: HttpFetch;
  /** For tests: in place of the endpoint's patience. `firstByteMs` is four times `idleMs` if absent. */
  readonly idleMs?: number;
  readonly firstByteMs?: number;
  readonly totalMs?: number;
  /** Hears the headers of each answer and each refusal, by name in lower case, as soon as they come. */
  onLimits?(header: (name: string) => string | null): void;
}

/** A model of a server that speaks the Messages API of Anthropic, over HTTP by its SDK. */
export function anthropicModel(options: AnthropicModelOptions): Model {
  const { endpoint, model } = options;
  const setting = settingOf(options);
  const target = { name: setting.name, model, can: endpoint.can };
  const estimator = new TokenEstimator();
  return {
    name: setting.name,
    contextTokens: model.contextTokens,
    serves: () => true,
    worstCase: (request) => worstCase(request, model, estimator),
    countTokens: async (request, signal) => {
      const counted = endpoint.can.countTokens
        ? await askForCount(setting, countParams(request, target), signal)
        : null;
      return counted ?? estimator.estimate(request);
    },
    answer: async (request, onText, signal) =>
      await askForMessage(setting, { params: callParams(request, target), onText }, signal),
  };
}

function settingOf(options: AnthropicModelOptions): CallSetting {
  const { endpoint, model, clock } = options;
  return {
    name: `${endpoint.name}:${model.id}`,
    endpoint,
    model,
    clock,
    fetch: options.fetch ?? httpTransport().fetch,
    limits: watchLimitsOf(options),
    onLimits: (header) => options.onLimits?.(header),
    sdk: loadedOnce(),
  };
}

function watchLimitsOf({ endpoint, ...given }: AnthropicModelOptions): WatchLimits {
  const { patience } = endpoint;
  const idleMs = given.idleMs ?? patience?.idleMs ?? 30_000;
  const firstByteMs =
    given.firstByteMs ?? (given.idleMs === undefined ? patience?.firstByteMs : undefined) ?? 4 * idleMs;
  return { idleMs, firstByteMs, totalMs: given.totalMs ?? patience?.totalMs ?? 600_000 };
}

// Not asked for again at each call: even for a module that is loaded, that takes its time.
function loadedOnce(): CallSetting["sdk"] {
  let loaded: ReturnType<CallSetting["sdk"]> | null = null;
  return () => {
    loaded ??= import("./sdk.ts");
    return loaded;
  };
}

function worstCase(request: ModelRequest, model: ModelSettings, estimator: TokenEstimator): WorstCase {
  const inputTokens = Math.min(estimator.atMost(request), model.contextTokens ?? Number.POSITIVE_INFINITY);
  const outputTokens = maxTokensOf(request, model);
  return { tokens: inputTokens + outputTokens, costUsd: worstCostUsd(model, { inputTokens, outputTokens }) };
}

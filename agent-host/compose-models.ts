import { join } from "node:path";
import type { ModelsConfig } from "./config/models-config.ts";
import type { Clock } from "./core/clock.ts";
import { HostError, isHostError } from "./core/host-error.ts";
import { anthropicModel } from "./models/anthropic/anthropic-model.ts";
import { httpTransport } from "./models/anthropic/http-fetch.ts";
import { brokenModel } from "./models/catalogue/broken-model.ts";
import { chooseModels } from "./models/catalogue/choose-models.ts";
import { KeyRing } from "./models/catalogue/key-ring.ts";
import { type KnownEndpoint, knownEndpoint, withAbilities } from "./models/catalogue/known-endpoint.ts";
import { addressOfRef, editorEndpoint } from "./models/catalogue/model-names.ts";
import { modelSettings } from "./models/catalogue/model-settings.ts";
import { editorModel } from "./models/editor/editor-model.ts";
import type { EditorModels } from "./models/editor/editor-models.ts";
import { EndpointLimiter, type LimiterStatus } from "./models/limits/endpoint-limiter.ts";
import { limited } from "./models/limits/limited.ts";
import { rateLimitsOf } from "./models/limits/rate-limits.ts";
import type { Model } from "./models/model.ts";
import type { ModelPlan, ModelRef } from "./protocol/model-plan.ts";
import type { ModelChains } from "./team/run-setup.ts";

export interface ModelsOptions {
  /** The state folder, which has `config.yaml`. */
  readonly home: string;
  /** Of the host's own process, never of a workspace. */
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly editors: EditorModels;
  /** Hears every key that is known, to be kept out of whatever is written. */
  onSecret(secret: string): void;
}

/** Providers whose runs ask models that cost something. */
export type ModelProvider = "anthropic" | "vscode";

export interface ModelRequestOfRun {
  readonly provider: ModelProvider;
  /** `endpoint:model`, or a model of the provider; for all agents. null: what config.yaml says, else the default. */
  readonly model: string | null;
}

export interface PlannedModels {
  readonly plan: ModelPlan;
  /** What whoever starts the run should know, one sentence each. */
  readonly warnings: readonly string[];
}

/** How one endpoint does now. */
export interface EndpointStatus extends LimiterStatus {
  /** `anthropic`, a name of config.yaml, or `vscode`. */
  readonly endpoint: string;
}

/** Which models answer, at which pace, at what price. */
export interface ComposedModels {
  /**
   * Resolves what a request for a run means.
   *
   * @throws HostError `model.noKey`, `config.invalid`, `model.unknownEndpoint`, `run.providerUnavailable`, with hints.
   */
  plan(request: ModelRequestOfRun, signal: AbortSignal): Promise<PlannedModels>;
  /**
   * The models of a plan, limited and priced; one endpoint has one limiter over all runs. An endpoint that config.yaml
   * no longer has fails when it is asked, with `model.unknownEndpoint`.
   *
   * @throws HostError `config.invalid`
   */
  chains(plan: ModelPlan): Promise<ModelChains>;
  /** The provider that config.yaml names for runs that name none; null. @throws HostError `config.invalid` */
  defaultProvider(signal: AbortSignal): Promise<ModelProvider | null>;
  /** A key for an endpoint, from a client; kept in memory. */
  offerKey(endpoint: string, key: string): void;
  status(): readonly EndpointStatus[];
}

/** Joins settings, keys, catalogue, endpoints and windows. Reads nothing before it is asked for something. */
export function composeModels(options: ModelsOptions): ComposedModels {
  const { clock, editors, env } = options;
  const keys = new KeyRing(env);
  const limiters = new Map<string, EndpointLimiter>();
  const transport = httpTransport();
  const configured = async (): Promise<ModelsConfig> => {
    // Loaded with its parser only once somebody wants a model.
    const { readModelsConfig } = await import("./config/models-config-file.ts");
    const config = await readModelsConfig(join(options.home, "config.yaml"));
    keys.learn(config);
    for (const secret of keys.secrets()) options.onSecret(secret);
    return config;
  };
  const limiterOf = (endpoint: string): EndpointLimiter => {
    const known = limiters.get(endpoint);
    if (known !== undefined) return known;
    const made = new EndpointLimiter({ clock, ...(endpoint === editorEndpoint ? ofEditor : {}) });
    limiters.set(endpoint, made);
    return made;
  };
  const makeModel = (ref: ModelRef, config: ModelsConfig): Model => {
    const address = addressOfRef(ref);
    const limiter = limiterOf(address.endpoint);
    if (address.endpoint === editorEndpoint) return limited(editorModel(address.id, editors), limiter);
    const { can, ...model } = modelSettings(address, config);
    const endpoint = withAbilities(endpointOf(address.endpoint, config, keys).settings, can);
    const onLimits = (header: (name: string) => string | null): void => {
      const limits = rateLimitsOf(header, clock.now());
      if (limits !== null) limiter.heard(limits);
    };
    return limited(anthropicModel({ endpoint, model, clock, fetch: transport.fetch, onLimits }), limiter);
  };
  return {
    plan: async ({ provider, model }, signal) => {
      const config = await configured();
      signal.throwIfAborted();
      const wished = model ?? (named(env.AGENT_TEAM_MODEL) || null);
      const chosen = chooseModels(
        { provider, model: wished },
        {
          config,
          endpoints: new Set(["anthropic", ...Object.keys(config.endpoints ?? {}), editorEndpoint]),
          offered: editors.offered(),
          problemOf: (ref) => problemOf(ref, config, { keys, editors }),
        },
      );
      return { plan: chosen.plan, warnings: [...chosen.warnings, ...priceWarnings(chosen.plan, config)] };
    },
    chains: async (plan) => {
      const config = await configured();
      const made = new Map<ModelRef, Model>();
      const modelOf = (ref: ModelRef): Model => {
        const model = made.get(ref) ?? orBroken(ref, () => makeModel(ref, config));
        made.set(ref, model);
        return model;
      };
      return { for: (agentType) => (plan[agentType] ?? []).map(modelOf) };
    },
    defaultProvider: async (signal) => {
      const { provider } = await configured();
      signal.throwIfAborted();
      return provider === undefined || provider === "offline" ? null : provider;
    },
    offerKey: (endpoint, key) => {
      options.onSecret(key.trim());
      keys.offer(endpoint, key);
    },
    status: () => [...limiters].map(([endpoint, limiter]) => ({ endpoint, ...limiter.status() })),
  };
}

/** Editors limit by rules of their own and say little of them. */
const ofEditor = { start: 4, max: 16 };

function named(variable: string | undefined): string {
  return variable?.trim() ?? "";
}

function endpointOf(name: string, config: ModelsConfig, keys: KeyRing): KnownEndpoint {
  const known = knownEndpoint(name, config.endpoints?.[name], keys);
  if (known !== null) return known;
  throw new HostError("model.unknownEndpoint", `There is no endpoint ${name} any more`, {
    hint: "Write it under endpoints in config.yaml, or start a new run with another model",
  });
}

/** Why a model cannot be asked now; null: it can. */
function problemOf(
  ref: ModelRef,
  config: ModelsConfig,
  { keys, editors }: { keys: KeyRing; editors: EditorModels },
): HostError | null {
  const { endpoint, id } = addressOfRef(ref);
  if (endpoint === editorEndpoint)
    return editors.offered().some((each) => each.id === id) ? null : notOffered(id);
  try {
    const { needsKey, keyVariable, settings } = endpointOf(endpoint, config, keys);
    return needsKey && settings.key() === null ? noKey(endpoint, keyVariable) : null;
  } catch (error) {
    if (isHostError(error)) return error;
    throw error;
  }
}

function notOffered(id: string): HostError {
  return new HostError("run.providerUnavailable", `No window offers the model ${id}`, {
    hint: "Open the folder in VS Code with an extension that brings this model",
  });
}

function noKey(endpoint: string, variable: string | null): HostError {
  const set = variable === null ? "" : `, or set ${variable} where the agent host starts`;
  return new HostError("model.noKey", `There is no key for the endpoint ${endpoint}`, {
    hint: `Give one in the editor by “Set API Key”${set}`,
  });
}

function priceWarnings(plan: ModelPlan, config: ModelsConfig): string[] {
  const refs = new Set(Object.values(plan).flat());
  const unknown = [...refs].filter((ref) => modelSettings(addressOfRef(ref), config).price === null);
  if (unknown.length === 0) return [];
  return [`No price is known for ${unknown.join(", ")}: only tokens count against the budget, not money`];
}

function orBroken(ref: ModelRef, make: () => Model): Model {
  try {
    return make();
  } catch (error) {
    if (isHostError(error)) return brokenModel(ref, error);
    throw error;
  }
}

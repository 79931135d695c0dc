import type { Clock } from "./core/clock.ts";
import { HostError } from "./core/host-error.ts";
import type { EditorModels } from "./models/editor/editor-models.ts";
import type { LimiterStatus } from "./models/limits/endpoint-limiter.ts";
import type { ModelPlan } from "./protocol/model-plan.ts";
import type { ModelChains } from "./team/run-setup.ts";

export interface ModelsOptions {
  /** The state folder, which has `config.yaml`. */
  readonly home: string;
  /** Of the host's own process, never of a workspace. */
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly editors: EditorModels;
  /** Hears what went wrong beside the work, for the log. */
  onError(error: unknown): void;
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
   */
  chains(plan: ModelPlan): ModelChains;
  /** The provider that config.yaml names for runs that name none; null. @throws HostError `config.invalid` */
  defaultProvider(signal: AbortSignal): Promise<ModelProvider | null>;
  /** A key for an endpoint, from a client; kept in memory. */
  offerKey(endpoint: string, key: string): void;
  /** Every key that is known, to be kept out of whatever is written. */
  readonly secrets: () => readonly string[];
  status(): readonly EndpointStatus[];
}

export function composeModels(_options: ModelsOptions): ComposedModels {
  throw new HostError("run.providerUnavailable", "This version has no models yet");
}

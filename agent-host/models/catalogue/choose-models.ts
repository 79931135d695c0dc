import type { ModelsConfig } from "../../config/models-config.ts";
import { HostError, isHostError } from "../../core/host-error.ts";
import type { ModelPlan, ModelRef } from "../../protocol/model-plan.ts";
import type { OfferedModel } from "../../protocol/offered-model.ts";
import { type AgentType, agentTypeSchema } from "../../protocol/task.ts";
import { defaultAnthropicModel } from "./anthropic-models.ts";
import { addressOf, editorEndpoint, refOf } from "./model-names.ts";

export interface ModelWish {
  readonly provider: "anthropic" | "vscode";
  /** For all agents; null: what the settings say. */
  readonly model: string | null;
}

export interface ModelChoice {
  readonly config: ModelsConfig;
  /** Names of all endpoints, that of the editor included. */
  readonly endpoints: ReadonlySet<string>;
  readonly offered: readonly OfferedModel[];
  /** Why a model cannot be asked now; null: it can. */
  problemOf(ref: ModelRef): HostError | null;
}

export interface ChosenModels {
  readonly plan: ModelPlan;
  readonly warnings: readonly string[];
}

const maxChain = 5;

/**
 * Which models each agent asks: the one that is wished for, else its own in the settings, else the settings' default,
 * else that of the provider; then those that may stand in for it and can be asked now.
 *
 * @throws HostError `model.unknownEndpoint`, `run.providerUnavailable`, and what `problemOf` says of a first choice.
 */
export function chooseModels(wish: ModelWish, choice: ModelChoice): ChosenModels {
  const naming = wish.provider === "vscode" ? editorNaming(choice) : endpointNaming(choice);
  const { fallback = [], agents = {} } = choice.config.models ?? {};
  const warnings = new Set<string>();
  const stand = fallback.flatMap((name) => {
    try {
      const ref = naming.ref(name);
      const problem = ref === null ? null : choice.problemOf(ref);
      if (problem !== null) throw problem;
      return ref ?? [];
    } catch (error) {
      if (!isHostError(error)) throw error;
      warnings.add(`${name} cannot stand in for another model: ${error.message}`);
      return [];
    }
  });
  const first = (agent: AgentType): ModelRef => {
    if (wish.model !== null) return naming.wished(wish.model);
    return naming.ref(agents[agent]) ?? naming.ref(choice.config.models?.default) ?? naming.otherwise();
  };
  const plan: ModelPlan = {};
  for (const agent of agentTypeSchema.options) {
    const ref = first(agent);
    const problem = choice.problemOf(ref);
    if (problem !== null) throw problem;
    plan[agent] = [...new Set([ref, ...stand])].slice(0, maxChain);
  }
  return { plan, warnings: [...warnings] };
}

/** How names are understood with one provider. */
interface Naming {
  /** A name that was given for this run. */
  wished(name: string): ModelRef;
  /** A name in the settings; null where there is none, or it is of another provider. */
  ref(name: string | undefined): ModelRef | null;
  otherwise(): ModelRef;
}

function endpointNaming({ endpoints }: ModelChoice): Naming {
  const wished = (name: string): ModelRef => refOf(addressOf(name, endpoints));
  return {
    wished,
    ref: (name) => (name === undefined ? null : wished(name)),
    otherwise: () => wished(defaultAnthropicModel),
  };
}

function editorNaming({ offered }: ModelChoice): Naming {
  const prefix = `${editorEndpoint}:`;
  const find = (name: string): ModelRef =>
    refOf({ endpoint: editorEndpoint, id: findOffered(name, offered).id });
  return {
    wished: (name) => find(name.startsWith(prefix) ? name.slice(prefix.length) : name),
    ref: (name) => (name?.startsWith(prefix) === true ? find(name.slice(prefix.length)) : null),
    otherwise: () => {
      const [first] = offered;
      if (first === undefined) throw noneOffered();
      return refOf({ endpoint: editorEndpoint, id: first.id });
    },
  };
}

/** By id, else by family or the name that people see. */
function findOffered(name: string, offered: readonly OfferedModel[]): OfferedModel {
  const wanted = name.toLowerCase();
  const found =
    offered.find(({ id }) => id === name) ??
    offered.find((model) => [model.family, model.name].some((each) => each.toLowerCase() === wanted));
  if (found !== undefined) return found;
  if (offered.length === 0) throw noneOffered();
  const ids = offered.slice(0, 10).map(({ id }) => id);
  throw new HostError("run.providerUnavailable", `The editor offers no model ${name}`, {
    hint: `It offers ${ids.join(", ")}`,
  });
}

function noneOffered(): HostError {
  return new HostError("run.providerUnavailable", "No window offers a language model", {
    hint: "Open the folder in VS Code with an extension that brings language models, for example GitHub Copilot, and allow their use",
  });
}

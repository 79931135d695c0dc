import type { ModelDetails, ModelsConfig } from "../../config/models-config.ts";
import type { ModelSettings } from "../endpoint.ts";
import type { KnownModel } from "./anthropic-models.ts";
import { knownModel } from "./known-models.ts";
import type { ModelAddress } from "./model-names.ts";

/** One model of an endpoint: what config.yaml says of it, else what the catalogue knows. */
export function modelSettings(
  { endpoint, id }: ModelAddress,
  config: ModelsConfig,
): ModelSettings & Pick<KnownModel, "can"> {
  const known = endpoint === "anthropic" ? knownModel(id) : null;
  const said = detailsOf({ endpoint, id }, config);
  const { longPrompt, can } = known ?? {};
  return {
    id,
    contextTokens: said?.contextTokens ?? known?.contextTokens ?? null,
    maxOutputTokens: said?.maxOutputTokens ?? known?.maxOutputTokens ?? null,
    price: said?.price ?? known?.price ?? null,
    ...(longPrompt === undefined || said?.price !== undefined ? {} : { longPrompt }),
    ...(can === undefined ? {} : { can }),
  };
}

function detailsOf({ endpoint, id }: ModelAddress, { models }: ModelsConfig): ModelDetails | undefined {
  const details = models?.details ?? {};
  const names = endpoint === "anthropic" ? [`${endpoint}:${id}`, id] : [`${endpoint}:${id}`];
  const name = names.find((each) => Object.hasOwn(details, each));
  return name === undefined ? undefined : details[name];
}

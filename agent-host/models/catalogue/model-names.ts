import { HostError } from "../../core/host-error.ts";
import { type ModelRef, modelRefSchema } from "../../protocol/model-plan.ts";

/** Which model of which endpoint. */
export interface ModelAddress {
  readonly endpoint: string;
  readonly id: string;
}

/** Where a plan says `vscode:`, a connected window is asked. */
export const editorEndpoint = "vscode";

/**
 * What a person means by the name of a model: `endpoint:model` where there is such an endpoint, else a model of
 * Anthropic.
 *
 * @throws HostError `model.unknownEndpoint` for a name with a colon before which stands no endpoint: models of
 * Anthropic have none in their names.
 */
export function addressOf(name: string, endpoints: ReadonlySet<string>): ModelAddress {
  const at = name.indexOf(":");
  if (at < 0) return { endpoint: "anthropic", id: name };
  const [endpoint, id] = [name.slice(0, at), name.slice(at + 1)];
  if (endpoints.has(endpoint) && id !== "") return { endpoint, id };
  throw new HostError(
    "model.unknownEndpoint",
    `There is no endpoint ${endpoint}, which the model ${name} names`,
    {
      hint: `Write endpoint:model; there are ${[...endpoints].join(", ")}. Others are made under endpoints in config.yaml`,
    },
  );
}

/** @throws HostError `config.invalid` for a name that is too long. */
export function refOf({ endpoint, id }: ModelAddress): ModelRef {
  const ref = modelRefSchema.safeParse(`${endpoint}:${id}`);
  if (ref.success) return ref.data;
  throw new HostError("config.invalid", `The name of a model of ${endpoint} is too long or no name`, {
    hint: "Write the model's name as its endpoint has it",
  });
}

/** The other way round. What stands before the first colon is the endpoint. */
export function addressOfRef(ref: ModelRef): ModelAddress {
  const at = ref.indexOf(":");
  return { endpoint: ref.slice(0, at), id: ref.slice(at + 1) };
}

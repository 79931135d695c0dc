import type { HostError } from "../../core/host-error.ts";
import type { Model } from "../model.ts";
import { ModelError } from "../model-error.ts";

/** Stands for a model that a run was begun with and that cannot be asked any more; the next of its chain is. */
export function brokenModel(name: string, { code, message, hint }: HostError): Model {
  const failure = (): ModelError =>
    new ModelError(code, message, { retry: "never", ...(hint === undefined ? {} : { hint }) });
  return {
    name,
    contextTokens: null,
    serves: () => true,
    worstCase: () => ({ tokens: 0, costUsd: 0 }),
    countTokens: () => Promise.reject(failure()),
    answer: () => Promise.reject(failure()),
  };
}

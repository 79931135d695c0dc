import type { Model, ModelAnswer, ModelRequest } from "../model.ts";
import { ModelError } from "../model-error.ts";
import type { EndpointLimiter } from "./endpoint-limiter.ts";

/** The same model, asked when its endpoint has room. Counting tokens is no call that endpoints limit in this way. */
export function limited(model: Model, limiter: EndpointLimiter): Model {
  return {
    name: model.name,
    // A window may come and go, and what its model can read with it.
    get contextTokens() {
      return model.contextTokens;
    },
    serves: (agentType) => model.serves(agentType),
    worstCase: (request) => model.worstCase(request),
    countTokens: async (request, signal) => await model.countTokens(request, signal),
    answer: (request, onText, signal) => answer({ model, limiter, request, onText }, signal),
  };
}

interface Call {
  readonly model: Model;
  readonly limiter: EndpointLimiter;
  readonly request: ModelRequest;
  readonly onText: (text: string) => void;
}

/** @throws as `Model.answer`; ModelError `model.notAsked` in place of the signal's reason while nobody was asked. */
async function answer({ model, limiter, request, onText }: Call, signal: AbortSignal): Promise<ModelAnswer> {
  let mayCost = false;
  try {
    return await limiter.run(async (accepted) => {
      const hear = (text: string): void => {
        accepted();
        onText(text);
      };
      mayCost = true;
      try {
        return await model.answer(request, hear, signal);
      } catch (error) {
        if (error instanceof ModelError && error.retry === "free") mayCost = false;
        throw error;
      }
    }, signal);
  } catch (error) {
    if (mayCost || !signal.aborted) throw error;
    const cause = { cause: error, retry: "free" } as const;
    throw new ModelError("model.notAsked", "The call was given up before it began", cause);
  }
}

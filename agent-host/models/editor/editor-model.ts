import { isHostError } from "../../core/host-error.ts";
import type { Message } from "../../protocol/conversation.ts";
import type { OfferedAnswer, OfferedRequest } from "../../protocol/offered-model.ts";
import { TokenEstimator } from "../anthropic/token-estimate.ts";
import type { Model, ModelAnswer, ModelRequest } from "../model.ts";
import { ModelError, type ModelErrorOptions } from "../model-error.ts";
import type { EditorModels } from "./editor-models.ts";

/** How long a window takes to come back when it is loaded again. */
const windowReturnsMs = 10_000;
const noWindowHint = "Open the folder in VS Code, and leave the window open while the run works";

type Answered = Extract<OfferedAnswer, { message: unknown }>;

/**
 * A language model of the editor, asked through a window that is connected. What it costs is not known; tokens are
 * counted by the editor where it can, else estimated.
 */
export function editorModel(id: string, editors: EditorModels): Model {
  const name = `vscode:${id}`;
  const estimator = new TokenEstimator();
  return {
    name,
    get contextTokens() {
      return editors.offered().find((model) => model.id === id)?.maxInputTokens ?? null;
    },
    serves: () => true,
    worstCase: (request) => ({
      tokens: estimator.atMost(request) + request.maxOutputTokens,
      costUsd: null,
    }),
    countTokens: async (request) => estimator.estimate(request),
    answer: async (request, onText, signal) => {
      const answer = await ask(editors, { request: offeredRequest(id, request), onText }, signal);
      if (!("message" in answer)) throw errorOf(answer);
      return answerOf(name, answer, estimator.estimate(request));
    },
  };
}

interface Call {
  readonly request: OfferedRequest;
  readonly onText: (text: string) => void;
}

async function ask(
  editors: EditorModels,
  { request, onText }: Call,
  signal: AbortSignal,
): Promise<OfferedAnswer> {
  signal.throwIfAborted();
  if (!editors.offered().some(({ id }) => id === request.modelId)) {
    throw noWindow(`No window offers the model ${request.modelId}`, { retry: "free" });
  }
  try {
    return await editors.answer(request, onText, signal);
  } catch (error) {
    if (signal.aborted || !isHostError(error)) throw error;
    // No answer in time, or none that fits: another try or another model may do better.
    if (error.code.startsWith("rpc.")) {
      const options = { retry: "paid", hint: "Try again", cause: error } as const;
      throw new ModelError("model.cut", error.message, options);
    }
    if (error.code !== "model.noWindow") throw error;
    throw noWindow("The window that was asked has gone", { retry: "paid", cause: error });
  }
}

/** A window that is loaded again offers its models a little later. */
function noWindow(message: string, options: ModelErrorOptions): ModelError {
  return new ModelError("model.noWindow", message, {
    ...options,
    hint: noWindowHint,
    retryAfterMs: windowReturnsMs,
  });
}

function offeredRequest(id: string, request: ModelRequest): OfferedRequest {
  const { system, messages, tools, maxOutputTokens } = request;
  return {
    modelId: id,
    system,
    messages: messages.map(withoutBlocks),
    tools: tools.map((tool) => ({ ...tool, inputSchema: { ...tool.inputSchema } })),
    maxOutputTokens,
  };
}

/** What another endpoint sent in its own form means nothing to an editor. */
function withoutBlocks(message: Message): Message {
  if (message.role !== "assistant") return message;
  const { blocks: _, ...rest } = message;
  return rest;
}

function answerOf(
  name: string,
  { message, inputTokens, outputTokens }: Answered,
  estimatedInput: number,
): ModelAnswer {
  const said = { ...message, model: name };
  const estimatedOutput = new TokenEstimator().estimate({ ...nothingAsked, messages: [message] });
  return {
    message: said,
    usage: {
      inputTokens: inputTokens ?? estimatedInput,
      outputTokens: outputTokens ?? estimatedOutput,
      costUsd: null,
    },
  };
}

const nothingAsked = {
  agentType: "team-leader",
  taskType: "planning.plan",
  system: "",
  tools: [],
  maxOutputTokens: 1,
} as const;

interface Failure {
  readonly code: string;
  readonly problem: string;
}

function errorOf({ code, problem }: Failure): ModelError {
  const known = Object.hasOwn(failures, code) ? failures[code] : undefined;
  return new ModelError(code.startsWith("model.") ? code : "model.refused", problem, {
    ...(known ?? { retry: "never", hint: "Look at the model in the editor, or choose another" }),
  });
}

// As windows name them; see `modelProblem` of the extension.
const failures: Readonly<Record<string, ModelErrorOptions>> = {
  "model.noWindow": { retry: "free", retryAfterMs: windowReturnsMs, hint: noWindowHint },
  "model.notAllowed": {
    retry: "never",
    hint: "Allow the extension to use language models when the editor asks, or in its account menu",
  },
  "model.quota": {
    retry: "never",
    hint: "The editor's allowance for this model is used up: choose another model, or wait until it is renewed",
  },
  "model.unknown": { retry: "never", hint: "Choose a model that the editor offers" },
  "model.contextFull": {
    retry: "never",
    hint: "Shorten the conversation, or choose a model that reads more",
  },
  "model.rateLimited": { retry: "free", hint: "Try again later" },
  "model.overloaded": { retry: "free", hint: "Try again later" },
  "model.unreachable": { retry: "free", hint: "Look whether this machine is online" },
  "model.cut": { retry: "paid", hint: "Try again" },
  "model.failed": { retry: "paid", hint: "Look at the model in the editor, or choose another" },
};

import { onTestFinished } from "vitest";
import { systemClock } from "../../../agent-host/core/clock.ts";
import {
  type AnthropicModelOptions,
  anthropicModel,
} from "../../../agent-host/models/anthropic/anthropic-model.ts";
import { httpTransport } from "../../../agent-host/models/anthropic/http-fetch.ts";
import type { EndpointSettings, ModelSettings } from "../../../agent-host/models/endpoint.ts";
import type { Model, ModelAnswer, ModelRequest } from "../../../agent-host/models/model.ts";
import { ModelError } from "../../../agent-host/models/model-error.ts";
import type { Message } from "../../../agent-host/protocol/conversation.ts";
import {
  type AnthropicMock,
  type AnthropicMockOptions,
  startAnthropicMock,
} from "../../support/anthropic-mock/mock-server.ts";

export const idle = new AbortController().signal;

export const secret = "sk-ant-api03-canary-7c1f9a52";

export const readFileTool = {
  name: "read_file",
  description: "Reads a file",
  inputSchema: { type: "object", properties: { path: { type: "string" } } },
};

export function requestOf(messages: readonly Message[], more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    agentType: "back-end-coder",
    taskType: "implementation.code",
    system: "# Back-end coder\n\nYou write code.",
    messages,
    tools: [readFileTool],
    maxOutputTokens: 1_000,
    ...more,
  };
}

export const hello = requestOf([{ role: "user", text: "Hello" }]);

export interface Changes {
  readonly endpoint?: Partial<EndpointSettings>;
  readonly model?: Partial<ModelSettings>;
  readonly options?: Partial<AnthropicModelOptions>;
}

/** A model of the server at `baseUrl`. Its connections are closed when the test ends. */
export function modelOf(baseUrl: string, { endpoint, model, options }: Changes = {}): Model {
  const transport = httpTransport();
  onTestFinished(() => transport.close());
  return anthropicModel({
    clock: systemClock,
    fetch: transport.fetch,
    endpoint: {
      name: "anthropic",
      baseUrl,
      auth: "apiKey",
      headers: {},
      can: { countTokens: true, thinking: true, cache: true, effort: true },
      key: () => secret,
      ...endpoint,
    },
    model: {
      id: "claude-test",
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
      ...model,
    },
    ...options,
  });
}

export async function startMock(options: AnthropicMockOptions): Promise<AnthropicMock> {
  const mock = await startAnthropicMock({ key: secret, ...options });
  onTestFinished(async () => await mock.close());
  return mock;
}

/** What a call throws. Fails where it throws nothing, or anything but a `ModelError`. */
export async function failureOf(call: Promise<ModelAnswer>): Promise<ModelError> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  if (outcome instanceof ModelError) return outcome;
  throw new TypeError(`expected a ModelError, not ${JSON.stringify(outcome) ?? String(outcome)}`, {
    cause: outcome,
  });
}

/** Asks once and throws away the text. */
export async function ask(model: Model, request: ModelRequest = hello): Promise<ModelAnswer> {
  return await model.answer(request, () => undefined, idle);
}

import { systemClock } from "../../../agent-host/core/clock.ts";
import { anthropicModel } from "../../../agent-host/models/anthropic/anthropic-model.ts";
import { knownEndpoint } from "../../../agent-host/models/catalogue/known-endpoint.ts";
import { modelSettings } from "../../../agent-host/models/catalogue/model-settings.ts";
import { EndpointLimiter } from "../../../agent-host/models/limits/endpoint-limiter.ts";
import { limited } from "../../../agent-host/models/limits/limited.ts";
import type { Message } from "../../../agent-host/protocol/conversation.ts";
import {
  type LoadTerms,
  loadKey,
  loadMaxTokens,
  loadModel,
  loadSystem,
  loadTask,
  loadTool,
  loadToolResult,
  runLoad,
} from "./load-terms.ts";

// Many agents by our adapter behind one limiter, as a process by itself.

const terms: LoadTerms = JSON.parse(process.argv[2] ?? "{}");
const { signal } = new AbortController();
const endpoint = knownEndpoint("anthropic", undefined, {
  env: { ANTHROPIC_BASE_URL: terms.url, ANTHROPIC_API_KEY: loadKey },
  offered: () => null,
});
if (endpoint === null) throw new Error("no endpoint");
const limiter = new EndpointLimiter({ clock: systemClock });
const model = limited(
  anthropicModel({
    endpoint: endpoint.settings,
    model: modelSettings({ endpoint: "anthropic", id: loadModel }, { format: 1 }),
    clock: systemClock,
  }),
  limiter,
);
const { name, description, schema } = loadTool;
const request = {
  agentType: "back-end-coder",
  taskType: "implementation.code",
  system: loadSystem,
  tools: [{ name, description, inputSchema: schema }],
  maxOutputTokens: loadMaxTokens,
} as const;

await runLoad(terms, agent, () => limiter.status().refused);

async function agent(number: number): Promise<number> {
  const messages: Message[] = [{ role: "user", text: loadTask(number) }];
  for (let calls = 1; ; calls++) {
    const { message } = await model.answer({ ...request, messages }, () => undefined, signal);
    if (message.toolCalls.length === 0) return calls;
    const results = message.toolCalls.map(({ id }) => ({
      toolCallId: id,
      text: loadToolResult,
      isError: false,
    }));
    messages.push(message, { role: "tool", results });
  }
}

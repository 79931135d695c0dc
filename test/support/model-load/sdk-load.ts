import { Anthropic } from "@anthropic-ai/sdk";
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

// The same agents by the SDK alone: nothing but its stream in a loop.

const terms: LoadTerms = JSON.parse(process.argv[2] ?? "{}");
const client = new Anthropic({ apiKey: loadKey, baseURL: terms.url, maxRetries: 10, logLevel: "off" });
const { name, description, schema } = loadTool;
const waiting: (() => void)[] = [];
let free = terms.slots ?? Number.POSITIVE_INFINITY;

await runLoad(terms, agent, () => 0);

async function agent(number: number): Promise<number> {
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: loadTask(number) }];
  for (let calls = 1; ; calls++) {
    const answer = await inSlot(() => ask(messages));
    const uses = answer.content.filter((block) => block.type === "tool_use");
    if (uses.length === 0) return calls;
    const results = uses.map(({ id }) => ({
      type: "tool_result" as const,
      tool_use_id: id,
      content: loadToolResult,
    }));
    messages.push({ role: "assistant", content: answer.content }, { role: "user", content: results });
  }
}

async function ask(messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> {
  const params = {
    model: loadModel,
    max_tokens: loadMaxTokens,
    system: loadSystem,
    tools: [{ name, description, input_schema: { ...schema, required: [...schema.required] } }],
    messages,
  };
  return await client.messages.stream(params).finalMessage();
}

async function inSlot<T>(call: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => void waiting.push(resolve));
  else free -= 1;
  try {
    return await call();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

import { afterEach, describe, expect, it } from "vitest";
import {
  type AnthropicMock,
  type MockRequest,
  startAnthropicMock,
} from "../../support/anthropic-mock/mock-server.ts";
import type { MockTurn } from "../../support/anthropic-mock/mock-turn.ts";
import { entriesOf } from "../../support/command-line.ts";
import { ModelRun } from "../../support/model-run.ts";

const submit = { name: "submit_result", input: { summary: "done" } };
const plan = {
  name: "plan_tasks",
  input: { tasks: [{ taskId: "t-do", agentType: "back-end-coder", task: "Add a farewell." }] },
};
const farewell = { name: "write_file", input: { path: "src/farewell.js", content: "exports.bye = 1;\n" } };

function answers({ body }: MockRequest): MockTurn {
  const said = JSON.stringify(body.messages);
  const once = (call: { name: string; input: unknown }): MockTurn => {
    return { toolCalls: [said.includes(`"name":"${call.name}"`) ? submit : call] };
  };
  if (said.includes("Task t-plan ")) return once(plan);
  return said.includes("Task t-do ") ? once(farewell) : { toolCalls: [submit] };
}

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function mockOf(answer: (request: MockRequest) => MockTurn, key: string): Promise<AnthropicMock> {
  const mock = await startAnthropicMock({ answer, key, fragmentBytes: null });
  opened.push(mock);
  return mock;
}

async function runWith(config: string): Promise<ModelRun> {
  const run = await ModelRun.make({}, { config });
  opened.push({ close: () => run.dispose() });
  return run;
}

const keys = { FIRST_KEY: "first-key-000", SECOND_KEY: "second-key-000" };
const given = ["--profile", "change", "--approve", "never"];

interface Used {
  readonly model: string;
  readonly problem: unknown;
  readonly usage: { inputTokens: number; outputTokens: number; costUsd: number | null };
}

/** Calls of a run in order, with what each used. */
function callsOf(stdout: string): Used[] {
  const entries = entriesOf(stdout);
  const keyOf = ({ taskId, data }: (typeof entries)[number]): string =>
    `${taskId}/${data.attempt}/${data.turn}`;
  const open = new Map<string, string>();
  return entries.flatMap((entry) => {
    if (entry.type === "model.requested") open.set(keyOf(entry), String(entry.data.model));
    if (entry.type !== "model.answered") return [];
    const { problem, usage } = entry.data;
    return [{ model: open.get(keyOf(entry)) ?? "", problem, usage: usage as Used["usage"] }];
  });
}

function sumOf(calls: readonly Used[]): { input: number; output: number; usd: number } {
  return calls.reduce(
    (sum, { usage }) => ({
      input: sum.input + usage.inputTokens,
      output: sum.output + usage.outputTokens,
      usd: sum.usd + (usage.costUsd ?? 0),
    }),
    { input: 0, output: 0, usd: 0 },
  );
}

describe("models by config.yaml", () => {
  it("stand in for one whose endpoint is overloaded; both stand in the journal, tokens and money to the last", async () => {
    const first = await mockOf(() => ({ error: { status: 529, message: "Overloaded" } }), keys.FIRST_KEY);
    const second = await mockOf(answers, keys.SECOND_KEY);
    const run = await runWith(`format: 1
provider: anthropic
models:
  default: one:big
  fallback: ["two:small"]
  details:
    "one:big": { price: { input: 10, output: 50, cacheRead: 1, cacheWrite: 12 } }
    "two:small": { price: { input: 2, output: 10, cacheRead: 0.5, cacheWrite: 3 } }
endpoints:
  one: { profile: anthropic, baseUrl: "${first.url}", key: { env: FIRST_KEY } }
  two: { profile: anthropic, baseUrl: "${second.url}", key: { env: SECOND_KEY } }
`);
    const asked = ["run", "Add a farewell", "--trust", ...given];
    const ended = await run.sandbox.run([...asked, "--json"], { ...run.env, ...keys });
    expect(ended).toMatchObject({ code: 0 });
    const calls = callsOf(ended.stdout);
    const answered = calls.filter(({ problem }) => problem === undefined);
    expect(new Set(answered.map(({ model }) => model))).toEqual(new Set(["two:small"]));
    const refused = calls.filter(({ model }) => model === "one:big");
    expect(new Set(refused.map(({ problem }) => problem))).toEqual(new Set(["model.overloaded"]));
    // Once it is known to be out of reach, later calls do not wait for it.
    expect(refused).toHaveLength(5);
    expect(sumOf(refused)).toEqual({ input: 0, output: 0, usd: 0 });
    expect(first.stats()).toMatchObject({ paid: 0, tokens: { input: 0, output: 0 } });
    const { tokens, paidTwice, complaints } = second.stats();
    expect({ paidTwice, complaints }).toEqual({ paidTwice: 0, complaints: [] });
    const sum = sumOf(answered);
    expect({ input: sum.input, output: sum.output }).toEqual({ input: tokens.input, output: tokens.output });
    const fresh = tokens.input - tokens.cacheRead - tokens.cacheWrite;
    const usd = (fresh * 2 + tokens.output * 10 + tokens.cacheRead * 0.5 + tokens.cacheWrite * 3) / 1e6;
    expect(sum.usd).toBeCloseTo(usd, 10);
    const finished = entriesOf(ended.stdout).at(-1);
    expect(finished?.data.usage).toMatchObject({ inputTokens: tokens.input, outputTokens: tokens.output });
    const whole = finished?.data.usage as Used["usage"] | undefined;
    expect(whole?.costUsd).toBeCloseTo(usd, 10);
    for (const [mock, key] of [
      [first, keys.FIRST_KEY],
      [second, keys.SECOND_KEY],
    ] as const) {
      expect(new Set(mock.seen.map(({ headers }) => headers["x-api-key"]))).toEqual(new Set([key]));
    }
  });

  it("are each agent's own, and one without a price is said to have none", async () => {
    const mock = await mockOf(answers, keys.FIRST_KEY);
    const run = await runWith(`format: 1
provider: anthropic
models:
  default: one:general
  agents: { back-end-coder: "one:coder", reviewer: "one:reader" }
endpoints:
  one: { baseUrl: "${mock.url}", key: { env: FIRST_KEY } }
`);
    const ended = await run.sandbox.run(["run", "Add a farewell", "--trust", ...given], {
      ...run.env,
      ...keys,
    });
    expect(ended).toMatchObject({ code: 0 });
    const modelsOf = (task: string): unknown[] => {
      const own = mock.seen.filter(({ body }) => JSON.stringify(body.messages).includes(`Task ${task} `));
      return [...new Set(own.map(({ body }) => body.model))];
    };
    expect(["t-plan", "t-do", "t-review", "t-verify"].map(modelsOf)).toEqual([
      ["general"],
      ["coder"],
      ["reader"],
      ["general"],
    ]);
    expect(ended.stderr).toMatch(/No price is known for .*one:coder/);
    const { input, output } = mock.stats().tokens;
    expect(ended.stdout).toContain(`${input + output} tokens`);
    expect(ended.stdout).toMatch(/cost (?:is )?(?:not known|unknown)/);
    expect(ended.stdout).not.toContain("0.00 USD");
  });
});

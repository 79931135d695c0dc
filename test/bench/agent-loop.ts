import type { AgentAnswer, TaskDesk } from "../../agent-host/agents/agent.ts";
import { agentLoop } from "../../agent-host/agents/agent-loop.ts";
import { systemClock } from "../../agent-host/core/clock.ts";
import { scriptedModel } from "../../agent-host/models/scripted/scripted-model.ts";
import { scriptSchema, type Turn } from "../../agent-host/protocol/script.ts";
import { contextWith, finalAnswer } from "../support/memory-desk.ts";
import { type Measurement, median } from "./measure.ts";

// The loop and the scripted model by themselves: 64 tasks at a time, each five answers of 200 ms, at a desk that keeps
// nothing. What journal, gate and hub add is measured with a whole host.

const tasks = 64;
const turns = 5;
const latencyMs = 200;
const rounds = 5;

export async function run(): Promise<Measurement[]> {
  const [loops, timers]: [Round[], Round[]] = [[], []];
  await round(oneTask);
  for (let at = 0; at < rounds; at++) {
    loops.push(await round(oneTask));
    timers.push(await round(bareTimers));
  }
  const of = (each: Round[], key: keyof Round): number => median(each.map((one) => one[key]));
  return [
    {
      name: `${tasks} tasks of ${turns} × ${latencyMs} ms, beyond the critical path`,
      value: of(loops, "wallMs") - turns * latencyMs,
      unit: "ms",
      baseline: { name: "bare timers", value: of(timers, "wallMs") - turns * latencyMs },
      limit: 50,
    },
    {
      name: "CPU for one task",
      value: of(loops, "cpuMs") / tasks,
      unit: "ms",
      baseline: { name: "bare timers", value: of(timers, "cpuMs") / tasks },
      limit: 1,
    },
  ];
}

interface Round {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function round(work: () => Promise<unknown>): Promise<Round> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: tasks }, work));
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1_000 };
}

const read: Turn = { text: "Let me look.", toolCalls: [{ name: "read_file", input: { path: "src/a.ts" } }] };
const end: Turn = { toolCalls: [{ name: "submit_result", input: { summary: "done" } }] };
const script = scriptSchema.parse({
  format: 1,
  latencyMs,
  agents: { "*": [...Array.from({ length: turns - 1 }, () => read), end] },
});
const model = scriptedModel(script, { clock: systemClock });
const signal = new AbortController().signal;
const nothing = (): void => undefined;

async function oneTask(): Promise<AgentAnswer> {
  return await agentLoop(contextWith(trivialDesk()), { maxTurns: 100 }, nothing, signal);
}

function trivialDesk(): TaskDesk {
  const request = {
    agentType: "back-end-coder",
    taskType: "implementation.code",
    system: "",
    tools: [],
  } as const;
  return {
    tools: [],
    system: "",
    conversation: async () => [],
    steering: async () => [],
    ask: async (messages) => {
      const { message } = await model.answer(
        { ...request, messages, maxOutputTokens: 1_000 },
        nothing,
        signal,
      );
      return message;
    },
    use: async (call) => ({
      result: { toolCallId: call.id, text: "export const a = 1;\n".repeat(50), isError: false },
      final: call.name === "submit_result" ? finalAnswer : null,
    }),
  };
}

async function bareTimers(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, latencyMs));
}

import type { AgentAnswer, AgentContext, TaskDesk } from "../../agent-host/agents/agent.ts";
import type {
  AssistantMessage,
  Message,
  ToolCall,
  ToolResult,
} from "../../agent-host/protocol/conversation.ts";
import type { TaskSpec } from "../../agent-host/protocol/task.ts";

export interface MemoryDeskOptions {
  /** What the model answers, in order. */
  answers?: AssistantMessage[];
  /** What is durable already. */
  conversation?: Message[];
  /** What comes of a call; a text is a result without error. */
  carryOut?(call: ToolCall): Promise<string | ToolResult | AgentAnswer> | string | ToolResult | AgentAnswer;
  /** Words of a person, by the number of the question before which they came. */
  steering?: Record<number, string[]>;
}

export interface MemoryDesk extends TaskDesk {
  /** The messages of each question. */
  readonly asked: (readonly Message[])[];
  readonly used: { name: string; turn: number; index: number }[];
}

export function memoryDesk(given: MemoryDeskOptions): MemoryDesk {
  const answers = [...(given.answers ?? [])];
  const steering = new Map(Object.entries(given.steering ?? {}));
  const asked: (readonly Message[])[] = [];
  const used: MemoryDesk["used"] = [];
  return {
    tools: [],
    system: "",
    asked,
    used,
    conversation: async () => given.conversation ?? [],
    steering: async () => {
      const key = String(asked.length);
      const words = steering.get(key) ?? [];
      steering.delete(key);
      return words;
    },
    ask: async (messages) => {
      asked.push(messages);
      const answer = answers.shift();
      if (answer === undefined) throw new Error("asked more often than there are answers");
      return answer;
    },
    use: async (call, place) => {
      used.push({ name: call.name, ...place });
      const outcome = (await given.carryOut?.(call)) ?? "ok";
      if (typeof outcome === "string") {
        return { result: { toolCallId: call.id, text: outcome, isError: false }, final: null };
      }
      if ("toolCallId" in outcome) return { result: outcome, final: null };
      return { result: { toolCallId: call.id, text: "done", isError: false }, final: outcome };
    },
  };
}

export function words(text: string, given: Partial<AssistantMessage> = {}): AssistantMessage {
  return { role: "assistant", text, toolCalls: [], stop: "endTurn", ...given };
}

export function calls(...names: string[]): AssistantMessage {
  const toolCalls = names.map((name, at) => ({ id: `${name}-${at}`, name, input: {} }));
  return { role: "assistant", text: "", toolCalls, stop: "toolUse" };
}

export const finalAnswer: AgentAnswer = {
  content: { summary: "s", notes: [] },
  confidence: 0.9,
  sources: [],
  metadata: {},
  summary: "1 file",
};

export function contextWith(desk: TaskDesk | null, given: Partial<TaskSpec> = {}): AgentContext {
  const taskSpec: TaskSpec = {
    taskId: "t-one",
    runId: "r-1",
    phase: "implementation",
    agentType: "back-end-coder",
    taskType: "implementation.code",
    task: "Add a greeting",
    complexity: 1,
    priority: 5,
    dependsOn: [],
    scope: { paths: ["src/**"] },
    contextHash: "0".repeat(64),
    metadata: {},
    ...given,
  };
  const overview = {
    runId: "r-1",
    profile: "full",
    provider: "scripted",
    createdAt: "",
    phases: [],
    tasks: [],
    change: null,
  } as const;
  return {
    taskSpec,
    root: "/",
    runFolder: "/",
    goal: "the goal",
    inputs: new Map(),
    surroundings: [],
    desk,
    overview,
  };
}

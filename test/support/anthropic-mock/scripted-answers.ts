import type { ModelRequest } from "../../../agent-host/models/model.ts";
import { chooseTurn } from "../../../agent-host/models/scripted/choose-turn.ts";
import { obeyedCalls } from "../../../agent-host/models/scripted/obeyed-calls.ts";
import type { Message, ToolResult } from "../../../agent-host/protocol/conversation.ts";
import type { Script, Turn } from "../../../agent-host/protocol/script.ts";
import { agentTypeSchema, type TaskType, taskTypeSchema } from "../../../agent-host/protocol/task.ts";
import { combined } from "./check-request.ts";
import type { MockRequest } from "./mock-server.ts";
import type { MockTurn } from "./mock-turn.ts";
import type { MessageBody } from "./request-schema.ts";

/**
 * Answers by a script of the scripted model (format 1), so that the same script drives a run with and without HTTP.
 * The agent is told from the first heading of the system prompt (`# Back-end coder`), the type of its task from the
 * line that names it in the first message. `latencyMs` and `delayMs` are waited for.
 */
export function scriptedAnswers(script: Script): (request: MockRequest) => MockTurn {
  return ({ body }) => {
    const request = requestOf(body);
    const { turn, number } = chooseTurn(script, request);
    if (turn !== null) return mockTurnOf(turn, request, script.latencyMs);
    const message = `script.exhausted: there is no turn ${number + 1} for ${request.agentType} on ${request.taskType}`;
    return { error: { status: 400, message } };
  };
}

function mockTurnOf(turn: Turn, { messages }: ModelRequest, latencyMs: number): MockTurn {
  const calls = [...(turn.toolCalls ?? []), ...(turn.obey === true ? obeyedCalls(messages) : [])];
  const { text, usage, error, cutAfterBytes } = turn;
  return {
    delayMs: latencyMs + (turn.delayMs ?? 0),
    toolCalls: calls.map(({ name, input = {} }) => ({ name, input })),
    ...(text === undefined ? {} : { text }),
    ...(usage === undefined ? {} : { usage }),
    ...(cutAfterBytes === undefined
      ? {}
      : { fault: { kind: "cut", afterBytes: startBytes + cutAfterBytes } }),
    ...(error === undefined ? {} : { error: { status: error.status, ...waitOf(error.retryAfterMs) } }),
  };
}

// About what an answer takes before its content.
const startBytes = 400;

function waitOf(retryAfterMs: number | undefined): { headers?: Readonly<Record<string, string>> } {
  return retryAfterMs === undefined ? {} : { headers: { "retry-after-ms": String(retryAfterMs) } };
}

function requestOf({ system = "", messages, max_tokens }: MessageBody): ModelRequest {
  const prompt = typeof system === "string" ? system : system.map(({ text }) => text).join("\n");
  const talked = conversationOf(messages);
  return {
    agentType: agentOf(prompt),
    taskType: taskTypeOf(talked[0]),
    system: prompt,
    messages: talked,
    tools: [],
    maxOutputTokens: max_tokens,
  };
}

function agentOf(prompt: string): ModelRequest["agentType"] {
  const heading = /^# (.+)$/m.exec(prompt)?.[1] ?? "";
  return agentTypeSchema.safeParse(heading.trim().toLowerCase().replaceAll(" ", "-")).data ?? "team-leader";
}

function taskTypeOf(first: Message | undefined): TaskType {
  const text = first?.role === "user" ? first.text : "";
  const named = /^Task \S+ \(([\w.-]+)\)/m.exec(text)?.[1];
  return taskTypeSchema.safeParse(named).data ?? "implementation.code";
}

function conversationOf(messages: MessageBody["messages"]): Message[] {
  return combined(messages).flatMap(({ role, blocks }): Message[] => {
    const text = blocks.map((block) => (block.type === "text" ? block.text : "")).join("\n");
    if (role === "assistant") {
      const toolCalls = blocks.flatMap((block) => (block.type === "tool_use" ? [block] : []));
      return [
        {
          role,
          text,
          toolCalls: toolCalls.map(({ id, name, input }) => ({ id, name, input })),
          stop: "endTurn",
        },
      ];
    }
    const results = blocks.flatMap((block): ToolResult[] => {
      if (block.type !== "tool_result") return [];
      const { content = "" } = block;
      const told = typeof content === "string" ? content : content.map(({ text }) => text).join("\n");
      return [{ toolCallId: block.tool_use_id, text: told, isError: block.is_error ?? false }];
    });
    const said: Message[] = text.trim() === "" ? [] : [{ role: "user", text }];
    return results.length === 0 ? said : [{ role: "tool", results }, ...said];
  });
}

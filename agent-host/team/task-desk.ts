import type { AgentAnswer, TaskDesk } from "../agents/agent.ts";
import { HostError } from "../core/host-error.ts";
import type { ModelRequest, ToolDeclaration } from "../models/model.ts";
import type { AssistantMessage, Message, ToolCall, ToolResult } from "../protocol/conversation.ts";
import type { Actor } from "../protocol/journal.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { TaskSpec } from "../protocol/task.ts";
import type { ConversationWindow } from "./conversation-window.ts";
import type { HandBack } from "./hand-back.ts";
import type { CallPlace, ModelCalls } from "./model-calls.ts";
import type { RunLog } from "./run-log.ts";
import type { TaskHistory } from "./task-history.ts";
import type { CallingTask, ToolGate } from "./tool-gate.ts";

export interface TaskDeskOptions {
  readonly log: RunLog;
  readonly spec: TaskSpec;
  readonly attempt: number;
  readonly actor: Actor;
  readonly prompt: { readonly text: string; readonly checksum: string };
  readonly tools: readonly ToolDeclaration[];
  readonly maxTurns: number;
  readonly history: TaskHistory;
  readonly calls: ModelCalls;
  readonly window: ConversationWindow;
  readonly gate: ToolGate;
  readonly handBack: HandBack;
  readonly callingTask: Omit<CallingTask, "isTainted" | "showOutput">;
  /** Whether it begins with words of others: results of earlier tasks, or what stands in the repository. */
  readonly beginsTainted: boolean;
  /** Begins to show what a model says or a command writes; the function it returns gets each piece. */
  show(source: "model" | "command"): (piece: string) => void;
}

const maxOutputTokens = 16_384;

/** The name under which the effect of one tool call is journaled: the same after a crash. */
export function effectIdOf(taskId: string, attempt: number, turn: number, index: number): string {
  return `e-${taskId.slice(2)}-${attempt}-${turn}-${index}`;
}

/** One attempt of one task, as its agent sees the host: models, tools and words, each decided and journaled. */
export class HostedTaskDesk implements TaskDesk {
  readonly tools: readonly ToolDeclaration[];
  readonly system: string;
  private readonly options: TaskDeskOptions;
  private readonly callingTask: CallingTask;
  private steeredSeq: number;
  private isTainted: boolean;

  constructor(options: TaskDeskOptions) {
    this.options = options;
    const { history, beginsTainted } = options;
    this.isTainted = beginsTainted || history.results.size > 0 || this.heardAgents(history.steeredSeq);
    this.callingTask = {
      ...options.callingTask,
      isTainted: () => this.isTainted,
      showOutput: () => options.show("command"),
    };
    this.tools = options.tools;
    this.system = options.prompt.text;
    this.steeredSeq = options.history.steeredSeq;
  }

  async conversation(signal: AbortSignal): Promise<readonly Message[]> {
    signal.throwIfAborted();
    return this.options.history.messages;
  }

  async steering(): Promise<readonly string[]> {
    const { log } = this.options;
    const fresh = this.wordsForUs().filter(({ seq }) => seq > this.steeredSeq);
    this.steeredSeq = fresh.at(-1)?.seq ?? this.steeredSeq;
    this.isTainted ||= this.heardAgents(this.steeredSeq);
    return await Promise.all(fresh.map(({ message }) => log.recall(message)));
  }

  private wordsForUs(): RunState["steering"] {
    const { log, spec } = this.options;
    return log.state.steering.filter(({ taskId }) => taskId === null || taskId === spec.taskId);
  }

  /** What an agent says may come from a file or a page that it has read. */
  private heardAgents(upToSeq: number): boolean {
    return this.wordsForUs().some(({ seq, byAgent }) => byAgent === true && seq <= upToSeq);
  }

  async ask(messages: readonly Message[], signal: AbortSignal): Promise<AssistantMessage> {
    const { spec, attempt, actor, prompt, maxTurns } = this.options;
    const turn = messages.filter((message) => message.role === "assistant").length + 1;
    if (turn > maxTurns) {
      throw new HostError("agent.turnLimit", `The task took more than ${maxTurns} model calls`, {
        hint: "Split the task, or allow more by limits.turns in rules.yaml",
      });
    }
    const { agentType, taskType, taskId } = spec;
    const request: ModelRequest = {
      agentType,
      taskType,
      system: this.system,
      messages,
      tools: this.tools,
      maxOutputTokens,
    };
    const place = {
      taskId,
      attempt,
      turn,
      actor,
      promptChecksum: prompt.checksum,
      heardSeq: this.steeredSeq,
    };
    return await this.askWithin(request, place, signal);
  }

  /** Asks with as much of the conversation as fits; with less where the model says that it was too much. */
  private async askWithin(
    request: ModelRequest,
    place: CallPlace,
    signal: AbortSignal,
  ): Promise<AssistantMessage> {
    const { calls, window, show } = this.options;
    const said = request.messages;
    for (;;) {
      const seen = await window.view(request, signal);
      try {
        const answer = await calls.ask({ request: seen, said, place }, show("model"), signal);
        if (answer.stop !== "contextFull" || !window.shrink()) return answer;
      } catch (error) {
        if (signal.aborted || !window.mayShrink(error)) throw error;
      }
    }
  }

  async use(
    call: ToolCall,
    place: { turn: number; index: number },
    signal: AbortSignal,
  ): Promise<{ result: ToolResult; final: AgentAnswer | null }> {
    const { spec, attempt, history, gate, handBack } = this.options;
    // Turns are counted from 1 in the journal.
    const effectId = effectIdOf(spec.taskId, attempt, place.turn + 1, place.index);
    const offered = this.tools.some((tool) => tool.name === call.name);
    if (offered && handBack.takes(call.name)) return await handBack.take(call, effectId, signal);
    const known = history.results.get(effectId);
    if (known !== undefined) return { result: known, final: null };
    const output = await gate.use(call, effectId, this.callingTask, signal);
    this.isTainted = true;
    return { result: { toolCallId: call.id, ...output }, final: null };
  }
}

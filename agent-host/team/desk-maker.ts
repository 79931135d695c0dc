import type { TaskDesk } from "../agents/agent.ts";
import type { Journal } from "../journal/journal.ts";
import type { Model, ToolDeclaration } from "../models/model.ts";
import type { Actor } from "../protocol/journal.ts";
import type { TaskSpec } from "../protocol/task.ts";
import { type AgentRegistry, needsModel } from "./agent-registry.ts";
import { conflictOf } from "./conflict-task.ts";
import { ConversationWindow } from "./conversation-window.ts";
import { HandBack, type HandBackInput } from "./hand-back.ts";
import type { ModelCalls } from "./model-calls.ts";
import type { Planner } from "./planner.ts";
import { ReadTrees } from "./read-trees.ts";
import type { ContextPart, ModelWork, RunSetup } from "./run-setup.ts";
import { effectIdOf, HostedTaskDesk } from "./task-desk.ts";
import { emptyHistory, readTaskHistory } from "./task-history.ts";
import { TaskTree } from "./task-tree.ts";
import type { ToolGate } from "./tool-gate.ts";
import { setUpTree } from "./tree-setup.ts";

export interface DeskMakerOptions {
  readonly setup: RunSetup;
  readonly work: ModelWork;
  readonly journal: Pick<Journal, "read">;
  readonly planner: Planner;
  readonly calls: ModelCalls;
  readonly gate: ToolGate;
  readonly input: HandBackInput;
  readonly registry: AgentRegistry;
  /** Tools an agent has for a task of this type, with those that hand back. */
  toolsFor(spec: TaskSpec, promptTools: readonly string[]): readonly ToolDeclaration[];
  onText(taskId: string, source: "model" | "command", text: string): void;
}

export interface MadeDesk {
  readonly desk: TaskDesk;
  readonly tree: TaskTree;
  readonly surroundings: readonly ContextPart[];
}

/** Sets up what a task with a model works through: prompt, tools, tree, and what is durable of its conversation. */
export class DeskMaker {
  private readonly options: DeskMakerOptions;
  private readonly readTrees: ReadTrees;

  constructor(options: DeskMakerOptions) {
    this.options = options;
    this.readTrees = new ReadTrees(options.work.trees);
  }

  /** null for a task that needs no model. */
  async make(
    spec: TaskSpec,
    { attempt, isResumed }: { attempt: number; isResumed: boolean },
    signal: AbortSignal,
  ): Promise<MadeDesk | null> {
    if (!needsModel(spec.taskType)) return null;
    const { setup, work, journal, planner, calls, gate, input } = this.options;
    const { log } = setup;
    const { taskId, agentType } = spec;
    const [prompt, surroundings] = await Promise.all([
      work.prompt(agentType),
      work.surroundings(spec, signal),
    ]);
    const tree = this.treeFor(spec, { attempt, isResumed }, signal);
    const effectId = (turn: number, index: number): string => effectIdOf(taskId, attempt, turn, index);
    const history = isResumed
      ? await readTaskHistory({ journal, log, taskId, attempt, effectIdOf: effectId }, signal)
      : emptyHistory;
    const agentId = this.options.registry.find(agentType, spec.taskType)?.agentId ?? agentType;
    const actor: Actor = { kind: "agent", id: agentId, role: agentType };
    const tools = this.options.toolsFor(spec, prompt.tools);
    const desk = new HostedTaskDesk({
      log,
      spec,
      attempt,
      actor,
      prompt,
      tools,
      maxTurns: setup.pinned.rules.limits.turns,
      history,
      calls,
      window: new ConversationWindow(measuredModel(work.models.for(agentType)), work.newFit()),
      gate,
      handBack: new HandBack({ setup, spec, actor, planner, input }),
      callingTask: {
        spec,
        actor,
        mayWrite: spec.phase === "implementation",
        offered: tools,
        folder: () => tree.folder(),
        readFolder: () => tree.readFolder(),
      },
      beginsTainted: surroundings.length > 0 || spec.dependsOn.length > 0 || isOfOthers(spec),
      show: (source) => setup.redactStream((text) => this.options.onText(taskId, source, text)),
    });
    return { desk, tree, surroundings };
  }

  private treeFor(
    spec: TaskSpec,
    { attempt, isResumed }: { attempt: number; isResumed: boolean },
    signal: AbortSignal,
  ): TaskTree {
    const { setup, work } = this.options;
    const { state } = setup.log;
    const { taskId } = spec;
    const conflict = conflictOf(spec);
    const base = (isResumed ? state.tasksById[taskId]?.baseTree : null) ?? conflict?.onto ?? state.tree;
    return new TaskTree(work.trees, {
      // A run with a model always has a tree: it was made before the run started.
      base: base ?? "",
      ...(conflict === null ? {} : { opens: conflict.tree }),
      name: `${taskId}-${attempt}`,
      mayExist: isResumed,
      readTrees: this.readTrees,
      prepare: async (folder, inner) => await setUpTree(setup, folder, inner),
      signal,
    });
  }
}

/** The preferred model whose size is known: one that cannot be asked any more has none. */
function measuredModel(chain: readonly Model[]): Model | null {
  return chain.find(({ contextTokens }) => contextTokens !== null) ?? chain[0] ?? null;
}

/** Its agent is shown the change, or is told what to do by an agent that may have read anything. */
function isOfOthers({ phase, metadata }: TaskSpec): boolean {
  return phase === "review" || phase === "verification" || metadata.plannedBy !== undefined;
}

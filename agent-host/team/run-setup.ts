import type { Clock } from "../core/clock.ts";
import type { Model } from "../models/model.ts";
import type { Message } from "../protocol/conversation.ts";
import type { PinnedRun } from "../protocol/pinned-run.ts";
import type { AgentType, TaskSpec } from "../protocol/task.ts";
import type { DecideAccess } from "../security/access-decision.ts";
import type { Sandbox } from "../security/sandbox.ts";
import type { Access, Tool } from "../tools/tool.ts";
import type { RunTrees } from "../workspace/run-trees.ts";
import type { RunActivity } from "./run-activity.ts";
import type { RunLog } from "./run-log.ts";

/** Everything one run works with, pinned when it began. Made anew, from the journal, when it goes on. */
export interface RunSetup {
  readonly log: RunLog;
  readonly clock: Clock;
  readonly pinned: PinnedRun;
  readonly rulesChecksum: string;
  /** Root of the workspace. */
  readonly root: string;
  /** Folder of the run in the state folder. */
  readonly runFolder: string;
  readonly activity: RunActivity;
  /** What a tool put out as a model may read it: without secrets and characters that nobody sees. */
  clean(text: string): string;
  /** Begins to show text that comes in pieces: what it returns passes each on without the secrets in it. */
  redactStream(tell: (text: string) => void): (piece: string) => void;
  /** null in a run that works without a model. */
  readonly work: ModelWork | null;
}

/** What an agent is, in words, and the tools its prompt counts on. */
export interface AgentPrompt {
  readonly text: string;
  readonly checksum: string;
  readonly tools: readonly string[];
}

/** Which models an agent asks: the preferred one first, then those that stand in for it. Empty: none. */
export interface ModelChains {
  for(agentType: AgentType): readonly Model[];
}

/** Something an agent is told besides its task: `title` is shown above `text`. */
export interface ContextPart {
  readonly kind: "instructions" | "skills" | "map" | "attachment";
  readonly title: string;
  readonly text: string;
}

/** What a run with a model needs besides. */
export interface ModelWork {
  readonly models: ModelChains;
  readonly trees: RunTrees;
  readonly sandbox: Sandbox;
  readonly tools: readonly Tool[];
  readonly decideAccess: DecideAccess;
  /** Loads what a decision on this access needs. */
  readyToDecide(access: Access): Promise<void>;
  /** Patterns that were allowed for all runs. */
  alwaysGranted(): Promise<readonly string[]>;
  /** The agent's system prompt and its checksum, pinned for the run when it is first used. */
  prompt(agentType: AgentType): Promise<AgentPrompt>;
  /** What the workspace and the person have to say to whoever does this task, pinned for the run. */
  surroundings(spec: TaskSpec, signal: AbortSignal): Promise<readonly ContextPart[]>;
  /** For one task: its conversation as a model with this many tokens is to see it. The same for the same messages. */
  newFit(): (messages: readonly Message[], maxTokens: number) => readonly Message[];
  /** Ends what a task left running. */
  releaseTask(taskId: string): Promise<void>;
  /** Ends what is left of all tasks: nobody works on the run now. */
  release(): Promise<void>;
  newId(): string;
}

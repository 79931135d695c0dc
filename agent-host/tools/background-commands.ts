import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { HostError, messageOf } from "../core/host-error.ts";
import type { CommandOutcome, CommandRequest, Sandbox } from "../security/sandbox.ts";
import { KeptOutputs } from "./kept-outputs.ts";
import { TextRing } from "./text-ring.ts";

/** Most commands one task may have running behind its back. */
export const maxBackgroundCommands = 4;

/** Characters of output that are kept of each. */
export const maxRingCharacters = 64 * 1_024;

// Of each task: what ended stays to be looked at.
const maxEnded = 8;

export type Launch =
  | { readonly kind: "started"; readonly id: string }
  | { readonly kind: "refused"; readonly reason: string };

/** What a background command put out since it was last looked at. */
export interface Look {
  readonly id: string;
  readonly argv: readonly string[];
  readonly text: string;
  /** Characters that came and went since then without being kept. */
  readonly lost: number;
  readonly state: CommandState;
}

/** `running` → `ended` by itself, or `stopped` by us. */
export type CommandState =
  | { readonly kind: "running" }
  | { readonly kind: "ended"; readonly outcome: CommandOutcome }
  | { readonly kind: "stopped" };

export interface LookOptions {
  /** Longest to wait for its end, or for `until`. */
  readonly waitMs: number;
  /** Waiting ends when this stands in the output that is kept, seen before or not: who asks need not know when. */
  readonly until: string | null;
}

export interface BackgroundOptions {
  readonly sandbox: Pick<Sandbox, "run">;
  readonly clock: Clock;
  /** Told apart from those of a host that ended, which a model may still ask for. */
  readonly newId?: () => string;
}

/** Commands that go on while their task does other things, and outputs that were too long to be shown at once. */
export interface BackgroundCommands {
  start(taskId: string, request: CommandRequest): Launch;
  /** `id` null: the one that was started last. null: there is none of this name. */
  output(
    given: { taskId: string; id: string | null } & LookOptions,
    signal: AbortSignal,
  ): Promise<Look | null>;
  /** Ends it with all its processes; null: there is none of this name. */
  stop(given: { taskId: string; id: string | null }, signal: AbortSignal): Promise<Look | null>;
  /** Keeps an output to be read in parts, and gives it a name. The oldest go when there is no room. */
  keep(taskId: string, text: string): string;
  /** null: it was never there, or had to go. */
  kept(taskId: string, id: string): string | null;
  /** Names of all that a task may look at. */
  known(taskId: string): readonly string[];
  /** Ends all that the task started and forgets it. Resolves when nothing of it runs. */
  releaseTask(taskId: string): Promise<void>;
  /** The same for all tasks; nothing can be started afterwards. */
  dispose(): Promise<void>;
}

export function backgroundCommands(options: BackgroundOptions): BackgroundCommands {
  const tasks = new Map<string, Map<string, Running>>();
  const outputs = new KeptOutputs();
  const newId = options.newId ?? ((): string => randomBytes(3).toString("hex"));
  let isDisposed = false;

  const find = (taskId: string, id: string | null): Running | null => {
    const own = tasks.get(taskId);
    return (id === null ? [...(own?.values() ?? [])].at(-1) : own?.get(id)) ?? null;
  };
  const releaseTask = async (taskId: string): Promise<void> => {
    const own = [...(tasks.get(taskId)?.values() ?? [])];
    await Promise.all(own.map((each) => each.end()));
    tasks.delete(taskId);
    outputs.forget(taskId);
  };
  return {
    start: (taskId, request) => {
      if (isDisposed) return { kind: "refused", reason: "The run has ended" };
      const own = tasks.get(taskId) ?? new Map<string, Running>();
      const running = [...own.values()].filter(({ state }) => state.kind === "running");
      if (running.length >= maxBackgroundCommands) {
        const ids = running.map(({ id }) => id).join(", ");
        const reason = `${maxBackgroundCommands} commands run in the background already (${ids}); stop one first`;
        return { kind: "refused", reason };
      }
      forgetEnded(own);
      const started = new Running(newId(), request, options);
      tasks.set(taskId, own.set(started.id, started));
      return { kind: "started", id: started.id };
    },
    output: async ({ taskId, id, ...look }, signal) => (await find(taskId, id)?.look(look, signal)) ?? null,
    stop: async ({ taskId, id }, signal) => {
      const found = find(taskId, id);
      if (found === null) return null;
      await found.end();
      return await found.look({ waitMs: 0, until: null }, signal);
    },
    keep: (taskId, text) => {
      const id = newId();
      outputs.keep(taskId, id, text);
      return id;
    },
    kept: (taskId, id) => outputs.text(taskId, id),
    known: (taskId) => [...(tasks.get(taskId)?.keys() ?? []), ...outputs.ids(taskId)],
    releaseTask,
    dispose: async () => {
      isDisposed = true;
      await Promise.all([...tasks.keys()].map(releaseTask));
    },
  };
}

function forgetEnded(own: Map<string, Running>): void {
  const ended = [...own.values()].filter(({ state }) => state.kind !== "running");
  for (const { id } of ended.slice(0, Math.max(0, ended.length + 1 - maxEnded))) own.delete(id);
}

/** One command: it runs until it ends by itself or `end` is called. */
class Running {
  readonly id: string;
  state: CommandState = { kind: "running" };
  private readonly argv: readonly string[];
  private readonly clock: Clock;
  private readonly ring = new TextRing(maxRingCharacters);
  private readonly controller = new AbortController();
  private readonly done: Promise<void>;
  /** Called at each piece of output. */
  private readonly listeners = new Set<() => void>();
  private seen = 0;

  constructor(id: string, request: CommandRequest, { sandbox, clock }: BackgroundOptions) {
    this.id = id;
    this.argv = request.argv;
    this.clock = clock;
    const onOutput = (text: string): void => {
      this.ring.add(text);
      for (const listener of this.listeners) listener();
    };
    this.done = this.follow(sandbox.run({ ...request, onOutput }, this.controller.signal));
  }

  async look({ waitMs, until }: LookOptions, signal: AbortSignal): Promise<Look> {
    if (waitMs > 0 && this.state.kind === "running") await this.wait(waitMs, until, signal);
    const lost = Math.max(0, this.ring.start - this.seen);
    const text = this.ring.from(this.seen);
    this.seen = this.ring.end;
    return { id: this.id, argv: this.argv, text, lost, state: this.state };
  }

  async end(): Promise<void> {
    this.controller.abort(new HostError("command.stopped", "The command was stopped"));
    await this.done;
  }

  private async follow(running: Promise<CommandOutcome>): Promise<void> {
    try {
      const outcome = await running;
      if (outcome.ended === "notStarted" && this.ring.end === 0) this.ring.add(outcome.output);
      this.state = { kind: "ended", outcome };
    } catch (error) {
      // Stopped, or the machine failed; nobody waits here who could be told.
      if (!this.controller.signal.aborted) this.ring.add(messageOf(error));
      this.state = { kind: "stopped" };
    }
  }

  private async wait(waitMs: number, until: string | null, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const listener = (): void => {
      if (until !== null && this.ring.from(0).includes(until)) enough.abort();
    };
    this.listeners.add(listener);
    listener();
    try {
      const limit = this.clock.sleep(waitMs, AbortSignal.any([signal, enough.signal])).catch(() => undefined);
      await Promise.race([limit, this.done]);
    } finally {
      this.listeners.delete(listener);
      enough.abort();
    }
    signal.throwIfAborted();
  }
}

import type { TypedEntry } from "../protocol/events.ts";
import type { Usage } from "../protocol/task.ts";

/** Where one message of a conversation stands. Its words are in the blob; null: the call failed, and `problem` says how. */
export type ConversationPlace = { readonly seq: number; readonly time: string; readonly attempt: number } & (
  | { readonly role: "user"; readonly blob: string }
  | {
      readonly role: "assistant";
      readonly blob: string | null;
      readonly problem: string;
      readonly model: string;
      readonly usage: Usage;
    }
  | { readonly role: "tool"; readonly blob: string }
);

/**
 * The order of the messages of every task of one run, without their words. Told the run's entries once and in order;
 * later entries add to it.
 */
export class ConversationIndex {
  /** `seq` of the last entry it was told. */
  lastSeq = 0;
  private readonly tasks = new Map<string, TaskIndex>();
  private count = 0;

  /** Messages of all tasks. */
  get size(): number {
    return this.count;
  }

  placesOf(taskId: string): readonly ConversationPlace[] {
    return this.tasks.get(taskId)?.places ?? [];
  }

  add(entry: TypedEntry): void {
    this.lastSeq = entry.seq;
    if (entry.taskId === null) return;
    switch (entry.type) {
      case "model.requested":
      case "model.answered":
      case "effect.completed": {
        const task = this.tasks.get(entry.taskId) ?? { places: [], at: new Map(), model: "", attempt: 1 };
        this.tasks.set(entry.taskId, task);
        const before = task.places.length;
        addTo(task, entry);
        this.count += task.places.length - before;
        return;
      }
    }
  }
}

interface TaskIndex {
  readonly places: ConversationPlace[];
  /** Index of what may be journaled twice: words of a turn, the effect of a call. */
  readonly at: Map<string, number>;
  /** What was asked last. */
  model: string;
  attempt: number;
}

type MessageEntry = Extract<
  TypedEntry,
  { type: "model.requested" } | { type: "model.answered" } | { type: "effect.completed" }
>;

function addTo(task: TaskIndex, entry: MessageEntry): void {
  const { seq, time } = entry;
  if (entry.type === "model.requested") {
    const { attempt, turn, model, said } = entry.data;
    task.model = model;
    task.attempt = attempt;
    // A turn that was asked for twice was told the same twice.
    if (said !== undefined)
      put(task, `${attempt}/${turn}`, { seq, time, attempt, role: "user", blob: said.blob });
    return;
  }
  if (entry.type === "model.answered") {
    const { attempt, message, usage, problem = "" } = entry.data;
    const blob = message?.blob ?? null;
    task.places.push({ seq, time, attempt, role: "assistant", blob, problem, model: task.model, usage });
    return;
  }
  const { effectId, result } = entry.data;
  // A hand-back that was taken before a crash is taken again.
  put(task, effectId, { seq, time, attempt: task.attempt, role: "tool", blob: result.blob });
}

/** The last time counts, at the place of the first. */
function put(task: TaskIndex, key: string, place: ConversationPlace): void {
  const known = task.at.get(key);
  if (known !== undefined) task.places[known] = place;
  else task.at.set(key, task.places.push(place) - 1);
}

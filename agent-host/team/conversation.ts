import { HostError, isHostError } from "../core/host-error.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import type { Journal } from "../journal/journal.ts";
import { assistantMessageSchema, toolResultSchema, userMessageSchema } from "../protocol/conversation.ts";
import { type ConversationItem, maxItemCharacters } from "../protocol/conversation-item.ts";
import { typedEntry } from "../protocol/events.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Store } from "../store/store.ts";
import { ConversationIndex, type ConversationPlace } from "./conversation-index.ts";
import { runEntries } from "./run-entries.ts";
import { unknownRun } from "./run-logs.ts";

export interface ConversationsOptions {
  readonly journal: Pick<Journal, "read" | "head">;
  readonly blobs: Pick<BlobStore, "get">;
  readonly store: Pick<Store, "runState">;
}

export interface ConversationPage {
  readonly total: number;
  readonly messages: ConversationItem[];
}

/** Runs whose order of messages is kept, and how many messages of all of them; the run that is asked for stays. */
const maxRuns = 8;
const maxPlaces = 200_000;
/** Blobs read at one time. */
const together = 16;

/**
 * Reads what tasks said and heard back from the journal, a page at a time: the order is found once by a pass over the
 * run's entries and kept, words are read only for the page that is asked for.
 */
export class Conversations {
  private readonly options: ConversationsOptions;
  /** The longest unused first. */
  private readonly runs = new Map<string, ConversationIndex>();
  /** One pass over a run at a time: two at once would count its messages twice. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(options: ConversationsOptions) {
    this.options = options;
  }

  /**
   * The newest `limit` messages before index `before`, oldest first, of all attempts.
   *
   * @throws HostError `run.unknown`, `task.unknown`; the signal's reason when it aborts.
   */
  async read(
    { runId, taskId }: { readonly runId: string; readonly taskId: string },
    { before, limit }: { readonly before?: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<ConversationPage> {
    const state = await this.options.store.runState(runId);
    if (state === null) throw unknownRun(runId);
    refuseUnknownTask(state, taskId);
    const index = await this.index(state, signal);
    const places = index.placesOf(taskId);
    const end = Math.min(before ?? places.length, places.length);
    const start = Math.max(0, end - limit);
    const messages: ConversationItem[] = [];
    for (let from = start; from < end; from += together) {
      signal.throwIfAborted();
      const part = places.slice(from, Math.min(end, from + together));
      messages.push(
        ...(await Promise.all(part.map((place, at) => this.item(runId, place, from + at, signal)))),
      );
    }
    return { total: places.length, messages };
  }

  private async index(run: RunState, signal: AbortSignal): Promise<ConversationIndex> {
    const before = this.turns.get(run.runId) ?? Promise.resolve();
    const now = before.then(() => this.caughtUp(run, signal));
    const settled = now.catch(() => undefined);
    this.turns.set(run.runId, settled);
    try {
      return await now;
    } finally {
      if (this.turns.get(run.runId) === settled) this.turns.delete(run.runId);
    }
  }

  private async caughtUp(run: RunState, signal: AbortSignal): Promise<ConversationIndex> {
    const { journal } = this.options;
    const { runId } = run;
    const index = this.runs.get(runId) ?? new ConversationIndex();
    const afterSeq = Math.max(index.lastSeq, run.firstSeq - 1);
    // Nothing of this run came since.
    if (run.lastSeq > afterSeq) {
      for await (const page of runEntries(journal, { runId, afterSeq, types: messageTypes }, signal)) {
        for (const entry of page) {
          const typed = typedEntry(entry);
          if (typed !== null) index.add(typed);
        }
      }
      // All up to here was looked through, of whatever type.
      index.lastSeq = Math.max(index.lastSeq, run.lastSeq);
    }
    this.keep(runId, index);
    return index;
  }

  private keep(runId: string, index: ConversationIndex): void {
    this.runs.delete(runId);
    this.runs.set(runId, index);
    const total = [...this.runs.values()].reduce((sum, { size }) => sum + size, 0);
    let tooMany = total - maxPlaces;
    for (const [name, { size }] of this.runs) {
      if (name === runId || (tooMany <= 0 && this.runs.size <= maxRuns)) return;
      this.runs.delete(name);
      tooMany -= size;
    }
  }

  private async item(
    runId: string,
    place: ConversationPlace,
    index: number,
    signal: AbortSignal,
  ): Promise<ConversationItem> {
    const { seq, time, attempt, role } = place;
    const base = { index, seq, time, attempt, role };
    try {
      const text =
        place.blob === null ? "" : (await this.options.blobs.get(runId, place.blob, signal)).toString("utf8");
      return { ...base, ...wordsOf(place, text) };
    } catch (error) {
      signal.throwIfAborted();
      // One text that is lost must not hide the others.
      const code = isHostError(error) ? error.code : "blob.damaged";
      return { ...base, text: `This text cannot be read (${code}).`, isError: true };
    }
  }
}

const messageTypes = ["model.requested", "model.answered", "effect.completed"] as const;

function refuseUnknownTask({ runId, tasksById }: RunState, taskId: string): void {
  if (tasksById[taskId] !== undefined) return;
  throw new HostError("task.unknown", `${runId} has no task ${taskId}`, {
    hint: `See 'agent-team runs show ${runId}'`,
  });
}

type Words = Omit<ConversationItem, "index" | "seq" | "time" | "attempt" | "role">;

function wordsOf(place: ConversationPlace, text: string): Words {
  if (place.role === "user") {
    const said = userMessageSchema.array().parse(JSON.parse(text));
    return { text: bounded(said.map((each) => each.text).join("\n\n")) };
  }
  if (place.role === "tool") {
    const { toolCallId, isError, text: result } = toolResultSchema.parse(JSON.parse(text));
    return { text: bounded(result), toolCallId, isError };
  }
  const { model, usage, problem, blob } = place;
  if (blob === null) return { text: problem, isError: true, model, usage };
  const message = assistantMessageSchema.parse(JSON.parse(text));
  const toolCalls = message.toolCalls.map(({ id, name, input }) => ({
    id,
    name,
    input: bounded(JSON.stringify(input, null, 2) ?? ""),
  }));
  return { text: bounded(message.text), toolCalls, model: message.model ?? model, usage };
}

function bounded(text: string): string {
  if (text.length <= maxItemCharacters) return text;
  const rest = text.length - maxItemCharacters;
  return `${text.slice(0, maxItemCharacters)}\n[… ${rest} characters left out …]`;
}

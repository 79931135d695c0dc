import type { NotificationParams } from "../../agent-host/protocol/methods.ts";
import type { TaskMessage, TaskRef, ToTaskView } from "../../agent-host/protocol/task-view.ts";
import type { FolderEvent, FolderSession } from "../host/folder-session.ts";
import { messageEntryTypes, taskMessage } from "./task-model.ts";

export type ConversationSession = Pick<FolderSession, "request">;

export interface TaskConversationOptions {
  readonly ref: TaskRef;
  session(): ConversationSession;
  send(message: ToTaskView): void;
  onProblem(error: unknown): void;
  /** Calls `act` after `ms`; the result takes it back. */
  later(act: () => void, ms: number): () => void;
}

const pageSize = 100;
/** Messages that are asked for at once when new ones became durable. */
const newestSize = 50;
const maxNew = 500;
const gatherMs = 20;
const requestLimitMs = 60_000;
const maxEarlyCharacters = 64_000;

/**
 * Follows one task's conversation for its page: the newest messages at first, then text as it comes, and each message
 * once it is durable. Pages that the reader scrolls to are asked for when they are.
 */
export class TaskConversation {
  private readonly options: TaskConversationOptions;
  private total = 0;
  /** Grows with each message that became durable; text that came before belongs to an earlier part. */
  private part = 0;
  private isReady = false;
  /** Of the present part, come before the page was there. */
  private early: Pick<NotificationParams<"task/text">, "source" | "text">[] = [];
  private newest: ReturnType<TaskConversation["askNewest"]> | null = null;
  private isAsking = false;
  private isStale = false;
  private cancelTimer: (() => void) | null = null;

  constructor(options: TaskConversationOptions) {
    this.options = options;
  }

  /** Asks for the newest messages already while the page is being built. */
  prefetch(): void {
    this.newest = this.askNewest();
    // Told to the page when it is there.
    this.newest.catch(() => undefined);
  }

  /** The page is there, perhaps for the second time. */
  async begin(): Promise<void> {
    const asked = this.newest ?? this.askNewest();
    this.newest = null;
    const { messages, partThen } = await asked;
    this.isReady = true;
    this.options.send(messages);
    for (const text of this.early) this.options.send({ kind: "text", part: this.part, ...text });
    this.early = [];
    if (this.part !== partThen) this.lookSoon();
  }

  /** A page that came in sight. */
  async page(before: number): Promise<void> {
    const { total, messages } = await this.ask({ before, limit: pageSize });
    this.options.send({ kind: "messages", total: Math.max(total, this.total), messages, settled: -1 });
  }

  follow(event: FolderEvent): void {
    const { runId, taskId } = this.options.ref;
    if (event.kind === "text" && event.text.runId === runId && event.text.taskId === taskId) {
      this.hear(event.text);
    }
    if (event.kind === "reset") this.look();
    if (event.kind !== "entry") return;
    const { entry } = event.delivered;
    if (entry.runId !== runId || entry.taskId !== taskId || !messageEntryTypes.has(entry.type)) return;
    this.look();
  }

  dispose(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.early = [];
  }

  private hear({ source, text }: NotificationParams<"task/text">): void {
    if (this.isReady) {
      this.options.send({ kind: "text", part: this.part, source, text });
      return;
    }
    const size = this.early.reduce((sum, each) => sum + each.text.length, 0);
    if (size + text.length <= maxEarlyCharacters) this.early.push({ source, text });
  }

  /** Something became durable: looks what, a moment later, for all that came meanwhile. */
  private look(): void {
    this.part += 1;
    this.early = [];
    if (!this.isReady) return;
    if (this.isAsking) this.isStale = true;
    else this.lookSoon();
  }

  private lookSoon(): void {
    this.cancelTimer ??= this.options.later(() => {
      this.cancelTimer = null;
      void this.sendNew();
    }, gatherMs);
  }

  private async sendNew(): Promise<void> {
    this.isAsking = true;
    this.isStale = false;
    try {
      // Everything that was streamed up to here is durable by now: the answer has it.
      const settled = this.part - 1;
      const known = this.total;
      const { total, messages } = await this.ask({ limit: newestSize });
      const all = [...messages];
      while ((all[0]?.index ?? 0) > known && all.length < maxNew) {
        const before = await this.ask({ before: all[0]?.index ?? 0, limit: pageSize });
        all.unshift(...before.messages);
      }
      this.total = total;
      this.options.send({ kind: "messages", total, messages: all, settled });
    } catch (error) {
      this.options.onProblem(error);
    } finally {
      this.isAsking = false;
      if (this.isStale) this.lookSoon();
    }
  }

  /** With the part that text belonged to when it was asked. */
  private async askNewest(): Promise<{ messages: ToTaskView; partThen: number }> {
    const partThen = this.part;
    const { total, messages } = await this.ask({ limit: pageSize });
    this.total = total;
    return { messages: { kind: "messages", total, messages, settled: partThen - 1 }, partThen };
  }

  private async ask(page: {
    before?: number;
    limit: number;
  }): Promise<{ total: number; messages: TaskMessage[] }> {
    const { runId, taskId } = this.options.ref;
    const params = { runId, taskId, ...page };
    const signal = AbortSignal.timeout(requestLimitMs);
    const { total, messages } = await this.options.session().request("task/conversation", params, signal);
    return { total, messages: messages.map(taskMessage) };
  }
}

import type { Clock } from "../core/clock.ts";
import { type Disposable, disposable } from "../core/disposable.ts";
import { HostError } from "../core/host-error.ts";
import type { AgentMessage } from "../protocol/message.ts";
import { PriorityQueue } from "./priority-queue.ts";

/** What a receiver does with a message. Returning means *received*, not done; throwing means not received. */
export type Receive = (message: AgentMessage) => void | Promise<void>;

export interface HubOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  /** Messages that wait for one receiver. */
  readonly queueLimit?: number;
  /** A message that no receiver acknowledged. */
  onDeadLetter(message: AgentMessage, reason: string): void;
}

/** What a sender gives; the hub adds id and time. */
export type Outgoing = Omit<AgentMessage, "messageId" | "timestamp">;

const defaultQueueLimit = 1_000;
const ackLimitMs = 5_000;
const maxTries = 5;

/**
 * Carries messages between the leader and the agents. A receiver attaches under an address; in-process agents
 * attach a function, remote ones a connection, and a sender cannot tell the difference.
 * Per receiver one message is under way at a time, highest priority first.
 */
export class Hub {
  private readonly options: HubOptions;
  private readonly mailboxes = new Map<string, Mailbox>();

  constructor(options: HubOptions) {
    this.options = options;
  }

  /** @throws HostError `hub.addressTaken`. */
  attach(address: string, receive: Receive): Disposable {
    if (this.mailboxes.has(address))
      throw new HostError("hub.addressTaken", `${address} is attached already`);
    const mailbox = new Mailbox(address, receive, this.options);
    this.mailboxes.set(address, mailbox);
    return disposable(() => {
      this.mailboxes.delete(address);
      mailbox.close();
    });
  }

  /**
   * Resolves when the receiver has the message (at once if no acknowledgement is asked for).
   *
   * @throws HostError `hub.noReceiver`, `queue.full`, `hub.undelivered` after five tries.
   */
  async send(outgoing: Outgoing, signal: AbortSignal): Promise<AgentMessage> {
    signal.throwIfAborted();
    const message: AgentMessage = {
      ...outgoing,
      messageId: this.options.newId(),
      timestamp: this.options.clock.now().toISOString(),
    };
    const mailbox = this.mailboxes.get(message.recipient);
    if (mailbox === undefined) {
      this.options.onDeadLetter(message, "no receiver");
      throw new HostError("hub.noReceiver", `Nobody receives messages for ${message.recipient}`);
    }
    const received = mailbox.deliver(message, signal);
    if (message.requiresAck) await received;
    // Without an acknowledgement the sender has moved on; the dead letter tells of a failure.
    else received.catch(() => undefined);
    return message;
  }
}

interface Waiting {
  readonly message: AgentMessage;
  readonly signal: AbortSignal;
  resolve(): void;
  reject(error: unknown): void;
}

class Mailbox {
  private readonly address: string;
  private readonly receive: Receive;
  private readonly options: HubOptions;
  private readonly queue: PriorityQueue<Waiting>;
  private readonly closing = new AbortController();
  private working = false;

  constructor(address: string, receive: Receive, options: HubOptions) {
    this.address = address;
    this.receive = receive;
    this.options = options;
    this.queue = new PriorityQueue(`The mailbox of ${address}`, options.queueLimit ?? defaultQueueLimit);
  }

  deliver(message: AgentMessage, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ message, signal, resolve, reject }, message.priority);
      this.work().catch(reject);
    });
  }

  close(): void {
    this.closing.abort(new HostError("hub.detached", `${this.address} is detached`));
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        await this.deliverOne(next);
      }
    } finally {
      this.working = false;
    }
  }

  private async deliverOne(waiting: Waiting): Promise<void> {
    const signals = [waiting.signal, this.closing.signal];
    let reason = "";
    for (let attempt = 1; attempt <= maxTries && !signals.some(isAborted); attempt += 1) {
      try {
        // Most receivers take a message at once: then there is nothing to wait for, and no signal to make.
        const received = this.receive(waiting.message);
        if (received !== undefined) await acknowledged(received, AbortSignal.any(signals));
        waiting.resolve();
        return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    this.options.onDeadLetter(waiting.message, reason);
    const ended = signals.find(isAborted);
    waiting.reject(
      ended !== undefined
        ? ended.reason
        : new HostError(
            "hub.undelivered",
            `${this.address} did not take the message in ${maxTries} tries: ${reason}`,
          ),
    );
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function acknowledged(received: Promise<void>, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(ackLimitMs);
  const ended = AbortSignal.any([signal, limit]);
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      reject(
        limit.aborted
          ? new HostError("hub.ackLimit", `no acknowledgement in ${ackLimitMs} ms`)
          : signal.reason,
      );
    };
    ended.addEventListener("abort", onAbort, { once: true });
    received.then(resolve, reject).finally(() => ended.removeEventListener("abort", onAbort));
  });
}

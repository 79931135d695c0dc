import { HostError } from "../core/host-error.ts";
import type { Usage } from "../protocol/task.ts";

/**
 * Whether asking again may help. `free`: it was refused before any work was done, so a later call pays nothing twice ·
 * `paid`: it broke off in the middle and may be charged; once more, not oftener · `never`: the same call would fail
 * again, though another model may do better.
 */
export type Retry = "free" | "paid" | "never";

export interface ModelErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly retry?: Retry;
  readonly usage?: Usage;
}

/** A call to a model that failed, with what its endpoint said of it. */
export class ModelError extends HostError {
  readonly retry: Retry;
  /** What the endpoint said was used before it failed; null where it said nothing. */
  readonly usage: Usage | null;
  /** HTTP status of the answer; null where there was none. */
  readonly status: number | null;
  /** How long the endpoint asks to wait before the next try; null where it says nothing. */
  readonly retryAfterMs: number | null;

  constructor(code: string, message: string, options: ModelErrorOptions = {}) {
    super(code, message, options);
    this.retry = options.retry ?? "never";
    this.usage = options.usage ?? null;
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The failure that an HTTP status of an endpoint means. 529 is what Anthropic's says when it is overloaded. */
export function errorOfStatus(status: number, retryAfterMs?: number): ModelError {
  const { code, message } = meaningOf(status);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const hint = retryAfterMs === undefined ? "Try again later" : `Try again after ${retryAfterMs} ms`;
  return new ModelError(code, `${message} (status ${status})`, {
    status,
    ...wait,
    retry: code === "model.refused" ? "never" : "free",
    hint: code === "model.refused" ? "Look at what was asked: the same call would be refused again" : hint,
  });
}

function meaningOf(status: number): { code: string; message: string } {
  if (status === 429) return { code: "model.rateLimited", message: "The model's endpoint limits the rate" };
  if (status === 529) return { code: "model.overloaded", message: "The model's endpoint is overloaded" };
  if (status >= 500) return { code: "model.serverError", message: "The model's endpoint failed" };
  return { code: "model.refused", message: "The model's endpoint refused the request" };
}

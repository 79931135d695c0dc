import { HostError } from "../core/host-error.ts";

/** A call to a model that failed, with what its endpoint said of it. */
export class ModelError extends HostError {
  /** HTTP status of the answer; null where there was none. */
  readonly status: number | null;
  /** How long the endpoint asks to wait before the next try; null where it says nothing. */
  readonly retryAfterMs: number | null;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; cause?: unknown; status?: number; retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
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
    hint: code === "model.refused" ? "Look at what was asked: the same call would be refused again" : hint,
  });
}

/** How long the endpoint asks to wait; null for an error that says nothing of it. */
export function retryAfterOf(error: unknown): number | null {
  return error instanceof ModelError ? error.retryAfterMs : null;
}

function meaningOf(status: number): { code: string; message: string } {
  if (status === 429) return { code: "model.rateLimited", message: "The model's endpoint limits the rate" };
  if (status === 529) return { code: "model.overloaded", message: "The model's endpoint is overloaded" };
  if (status >= 500) return { code: "model.serverError", message: "The model's endpoint failed" };
  return { code: "model.refused", message: "The model's endpoint refused the request" };
}

/**
 * A failure with a stable code, for everything this program reports to a person or a peer.
 *
 * `code` is `area.name` (for example `journal.full`), never localised, never reused for another meaning.
 * `hint` tells the reader what to do next. Expected refusals (gate, scope, permission) are values, not errors.
 */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** True for a `HostError`, also one that came from another bundle of this module. */
export function isHostError(error: unknown): error is HostError {
  return (
    error instanceof Error && error.name === "HostError" && typeof (error as HostError).code === "string"
  );
}

/** The `code` of a Node.js system error (`ENOENT`, `ENOSPC`, …), else undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

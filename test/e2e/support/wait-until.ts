const pollEveryMs = 50;

export interface WaitOptions {
  /** What is waited for, as in "the host to publish host.json". */
  what: string;
  limitMs?: number;
  /** Added to the error when the limit passes. */
  detail?: () => string;
}

/** The first result of `probe` that is not undefined, null or false. Fails when the limit passes. */
export async function waitUntil<T>(
  probe: () => T | Promise<T>,
  { what, limitMs = 20_000, detail = () => "" }: WaitOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) {
      return value as NonNullable<Exclude<T, false>>;
    }
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}\n${detail()}`);
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
}

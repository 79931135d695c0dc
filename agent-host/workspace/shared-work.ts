/**
 * Work whose result all callers share. It is done with the signal of the caller that came first; when that one gives
 * up, the next caller does it, and a failure is not kept.
 */
export class SharedWork<T> {
  readonly #make: (signal: AbortSignal) => Promise<T>;
  #current: { readonly result: Promise<T>; readonly signal: AbortSignal } | undefined;

  constructor(make: (signal: AbortSignal) => Promise<T>) {
    this.#make = make;
  }

  /** @throws what the work throws, or the signal's reason. */
  async get(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      this.#current ??= { result: this.#make(signal), signal };
      const current = this.#current;
      try {
        return await current.result;
      } catch (error) {
        if (this.#current === current) this.#current = undefined;
        if (current.signal === signal || !current.signal.aborted) throw error;
      }
    }
  }
}

import { type Disposable, disposable } from "./disposable.ts";

/** What subscribers see of an emitter. */
export interface Event<T> {
  /** Calls `listener` for each later event until the result is disposed. */
  subscribe(listener: (event: T) => void): Disposable;
}

/**
 * A typed event source. A listener that throws never reaches the emitter or other listeners:
 * its error goes to `onListenerError`.
 */
export class EventEmitter<T> implements Event<T> {
  private readonly listeners = new Set<(event: T) => void>();
  private readonly onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void) {
    this.onListenerError = onListenerError;
  }

  subscribe(listener: (event: T) => void): Disposable {
    // A wrapper of its own, so that one function subscribed twice is two subscriptions.
    const entry = (event: T): void => listener(event);
    this.listeners.add(entry);
    return disposable(() => this.listeners.delete(entry));
  }

  emit(event: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.onListenerError(error);
      }
    }
  }
}

import { type Disposable, disposable } from "../core/disposable.ts";

export interface IdleWatchOptions {
  readonly idleMs: number;
  readonly monotonicMs: () => number;
  /** Whether somebody or something still needs the host. */
  isBusy(): boolean;
  onIdle(): void;
}

/** Calls `onIdle` once the host was not busy for `idleMs` in a row. Looks ten times in that span. */
export function watchIdle(options: IdleWatchOptions): Disposable {
  let idleSince: number | null = options.monotonicMs();
  const timer = setInterval(() => {
    const now = options.monotonicMs();
    if (options.isBusy()) idleSince = null;
    else idleSince ??= now;
    if (idleSince === null || now - idleSince < options.idleMs) return;
    clearInterval(timer);
    options.onIdle();
  }, options.idleMs / 10);
  timer.unref();
  return disposable(() => clearInterval(timer));
}

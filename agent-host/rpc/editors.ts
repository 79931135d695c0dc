import { messageOf } from "../core/host-error.ts";
import type { Session } from "./session.ts";

/** What is needed of a session to ask the window behind it. */
export type EditorSession = Pick<Session, "isEditor" | "client" | "request" | "signal" | "onNotification">;

export interface EditorsOptions {
  /** For the log: a window that did not answer. */
  onSilent(message: string): void;
}

const dirtyLimitMs = 2_000;
/** Most paths of one question, as its schema has it. */
const maxPaths = 10_000;

/** The windows that are connected now. */
export class Editors {
  private readonly options: EditorsOptions;
  private readonly sessions = new Set<EditorSession>();

  constructor(options: EditorsOptions) {
    this.options = options;
  }

  /** Counts as a window once it has said so in `initialize`, until it ends. */
  add(session: EditorSession): void {
    if (session.signal.aborted) return;
    this.sessions.add(session);
    session.signal.addEventListener("abort", () => this.sessions.delete(session), { once: true });
  }

  /**
   * Which of these workspace-relative paths some window has open with changes that are not saved. A window that does
   * not answer within two seconds counts as one without such changes; the log says so.
   *
   * @throws the signal's reason when it aborts.
   */
  async dirtyPaths(paths: readonly string[], signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    if (paths.length === 0) return [];
    const windows = [...this.sessions].filter(({ isEditor }) => isEditor);
    const answers = await Promise.all(windows.map((window) => this.dirtyIn(window, paths, signal)));
    signal.throwIfAborted();
    const dirty = new Set(answers.flat());
    // Only what was asked about: a window's answer may name anything.
    return paths.filter((path) => dirty.has(path));
  }

  private async dirtyIn(
    window: EditorSession,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]> {
    try {
      const found: string[] = [];
      for (let from = 0; from < paths.length; from += maxPaths) {
        const part = paths.slice(from, from + maxPaths);
        const { dirty } = await window.request("editor/dirty", { paths: part }, dirtyLimitMs, signal);
        found.push(...dirty);
      }
      return found;
    } catch (error) {
      const name = window.client === null ? "a window" : `${window.client.name} ${window.client.version}`;
      if (!signal.aborted)
        this.options.onSilent(`${name} did not say what it has unsaved: ${messageOf(error)}`);
      return [];
    }
  }
}

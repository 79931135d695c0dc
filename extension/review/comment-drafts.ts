import { type Event, EventEmitter } from "../../agent-host/core/event-emitter.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import { runKey } from "./change-uri.ts";
import { type Memory, RunMemory } from "./run-memory.ts";

/** Words to the agents at a line of the change, not sent yet. */
export interface DraftComment {
  readonly id: string;
  readonly path: string;
  /** 1-based, in the changed file. */
  readonly line: number;
  /** What stands in that line: after other parts went, the comment is found by it again. */
  readonly lineText: string;
  readonly words: string;
}

const maxRuns = 20;
export const maxComments = 200;
const maxCommentWords = 4_000;
const maxLineText = 300;

/** Comments in the changes of runs, kept over reload until they are sent. */
export class CommentDrafts {
  private readonly memory: RunMemory<readonly DraftComment[]>;
  private readonly changed: EventEmitter<RunRef>;

  constructor(memory: Memory, log: (error: unknown) => void) {
    const key = "agentTeam.review.comments";
    this.memory = new RunMemory(memory, { key, maxEntries: maxRuns, read: drafts });
    this.changed = new EventEmitter(log);
  }

  get onChange(): Event<RunRef> {
    return this.changed;
  }

  /** In order of file and line. */
  of(run: RunRef): readonly DraftComment[] {
    return [...(this.memory.get(runKey(run)) ?? [])].sort(
      (one, other) => one.path.localeCompare(other.path) || one.line - other.line,
    );
  }

  /** Adds one, or replaces that of the same id. False: there are too many. */
  async put(run: RunRef, draft: DraftComment): Promise<boolean> {
    const others = this.of(run).filter(({ id }) => id !== draft.id);
    if (others.length >= maxComments) return false;
    const bounded = {
      ...draft,
      lineText: draft.lineText.slice(0, maxLineText),
      words: draft.words.trim().slice(0, maxCommentWords),
    };
    await this.set(run, [...others, bounded]);
    return true;
  }

  async remove(run: RunRef, ids: readonly string[]): Promise<void> {
    await this.set(
      run,
      this.of(run).filter(({ id }) => !ids.includes(id)),
    );
  }

  private async set(run: RunRef, comments: readonly DraftComment[]): Promise<void> {
    await this.memory.set(runKey(run), comments.length === 0 ? undefined : comments);
    this.changed.emit(run);
  }
}

/** A comment as it goes to the agents, on one line. Pure. */
export function commentLine({ path, line, words }: DraftComment): string {
  return `${path}:${line}: ${words.replace(/\s*\n\s*/g, " ")}`;
}

/** The line a comment belongs to in a text that may have changed: the nearest with the same words. 1-based. Pure. */
export function lineIn(text: string, { line, lineText }: Pick<DraftComment, "line" | "lineText">): number {
  const lines = text.split(/\r?\n/);
  const distances = lines.flatMap((each, index) =>
    each.slice(0, maxLineText) === lineText ? [{ line: index + 1, far: Math.abs(index + 1 - line) }] : [],
  );
  const nearest = distances.sort((one, other) => one.far - other.far)[0];
  return nearest?.line ?? Math.min(line, Math.max(1, lines.length));
}

function drafts(kept: unknown): readonly DraftComment[] | undefined {
  return Array.isArray(kept) ? kept.filter(isDraft).slice(0, maxComments) : undefined;
}

function isDraft(value: unknown): value is DraftComment {
  if (typeof value !== "object" || value === null) return false;
  const { id, path, line, lineText, words } = value as Readonly<Record<string, unknown>>;
  return [id, path, lineText, words].every((each) => typeof each === "string") && typeof line === "number";
}

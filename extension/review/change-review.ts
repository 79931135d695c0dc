import type * as vscode from "vscode";
import { HostError, messageOf } from "../../agent-host/core/host-error.ts";
import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { ReviewDraft, ReviewMarks } from "../../agent-host/protocol/review-view.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { FolderSession } from "../host/folder-session.ts";
import type { Team } from "../team.ts";
import { ChangeBook } from "./change-book.ts";
import { ChangeDocuments } from "./change-documents.ts";
import { CommentDrafts, commentLine } from "./comment-drafts.ts";
import { countHunks, readPlaces } from "./count-hunks.ts";
import { Discarding } from "./discarding.ts";
import { HunkLenses } from "./hunk-lenses.ts";
import { HunkMarks } from "./hunk-marks.ts";
import { KeptHunks } from "./kept-hunks.ts";
import { openAll, openFile } from "./open-changes.ts";
import { ReviewComments } from "./review-comments.ts";
import { reviewDraft } from "./review-draft.ts";
import type { ReviewParts } from "./review-parts.ts";
import { ReviewStatus } from "./review-status.ts";
import { RunChanges } from "./run-changes.ts";
import { RunMemory } from "./run-memory.ts";

const requestLimitMs = 60_000;
const maxDrafts = 20;

/** Reviewing the changes of runs in the editor: joins the parts, and opens what a person wants to see. */
export class ChangeReview implements ReviewParts, vscode.Disposable {
  readonly team: Team;
  readonly changes: RunChanges;
  readonly documents: ChangeDocuments;
  readonly kept: KeptHunks;
  readonly drafts: CommentDrafts;
  readonly book: ChangeBook;
  readonly discarding: Discarding;
  /** Ticks and words of reviews that are not answered, by digest. */
  readonly reviewDrafts: RunMemory<ReviewDraft>;
  private commentsMade: ReviewComments | undefined;
  private readonly disposables: { dispose(): void }[];

  constructor(team: Team, memory: vscode.Memento, later: (act: () => void, ms: number) => () => void) {
    this.team = team;
    const log = (message: string): void => team.log.info(message);
    const logError = (error: unknown): void => team.log.error(`A view failed: ${messageOf(error)}`);
    this.book = new ChangeBook({ folders: team, later, log });
    this.changes = new RunChanges(team, logError);
    this.documents = new ChangeDocuments(team, this.changes);
    this.kept = new KeptHunks(memory, logError);
    this.drafts = new CommentDrafts(memory, logError);
    this.discarding = new Discarding(this);
    this.reviewDrafts = new RunMemory(memory, {
      key: "agentTeam.review.drafts",
      maxEntries: maxDrafts,
      read: reviewDraft,
    });
    this.disposables = [
      ...[this.book, this.changes, this.documents, this.discarding],
      ...[new HunkLenses(this), new HunkMarks(this), new ReviewStatus(this)],
      this.documents.onDidLoad(() => this.comments),
    ];
  }

  /** Made when a change is first shown: until then the editor needs no place for comments. */
  get comments(): ReviewComments {
    this.commentsMade ??= new ReviewComments(this);
    return this.commentsMade;
  }

  isOpen(run: RunRef): boolean {
    const state = this.book.summary(run)?.state ?? "proposed";
    const known = this.team.session(run.workspaceId)?.state.runs.get(run.runId);
    return state === "proposed" && known?.finishedAt === null;
  }

  /** Opens one file of a change, or without a path all of them. */
  async open(run: RunRef, path: string | null): Promise<void> {
    const session = this.session(run);
    const title = session.state.runs.get(run.runId)?.title ?? "";
    const change = { run, title, session };
    if (path !== null) return await openFile(change, { path });
    const files = await this.changes.files(run, session, AbortSignal.timeout(requestLimitMs));
    await openAll(change, files);
  }

  /** How far a person got with a change. Asks the host for what is not known of its files. */
  async marks(run: RunRef, files: readonly ChangedFile[], signal: AbortSignal): Promise<ReviewMarks> {
    await readPlaces(this.changes, { run, files }, this.session(run), signal);
    return {
      files: countHunks(this, run, files),
      comments: this.drafts.of(run).map(commentLine),
      isOpen: this.isOpen(run),
    };
  }

  /** Forgets the comments whose lines went out in these words. */
  async sent(run: RunRef, words: string): Promise<void> {
    const lines = new Set(words.split("\n"));
    const sent = this.drafts.of(run).filter((draft) => lines.has(commentLine(draft)));
    await this.drafts.remove(
      run,
      sent.map(({ id }) => id),
    );
  }

  /** @throws HostError `workspace.closed` */
  session({ workspaceId }: RunRef): FolderSession {
    const session = this.team.session(workspaceId);
    if (session !== undefined) return session;
    throw new HostError("workspace.closed", "The folder of this run is no longer open in the window");
  }

  dispose(): void {
    this.commentsMade?.dispose();
    for (const disposable of this.disposables) disposable.dispose();
  }
}

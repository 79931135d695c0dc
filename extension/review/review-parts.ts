import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { Team } from "../team.ts";
import type { ChangeBook } from "./change-book.ts";
import type { ChangeDocuments } from "./change-documents.ts";
import type { CommentDrafts } from "./comment-drafts.ts";
import type { KeptHunks } from "./kept-hunks.ts";
import type { RunChanges } from "./run-changes.ts";

/** What the parts of a review share. */
export interface ReviewParts {
  readonly team: Team;
  readonly changes: RunChanges;
  readonly documents: ChangeDocuments;
  readonly kept: KeptHunks;
  readonly drafts: CommentDrafts;
  readonly book: ChangeBook;
  /** Parts can still be left out of the change, and words about it still help: it stands nowhere yet. */
  isOpen(run: RunRef): boolean;
}

import type { Problems } from "../editor/problems.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { EntryDocuments } from "../panels/entry-documents.ts";
import type { ReviewHolder } from "../panels/review-holder.ts";
import type { TaskHolder } from "../panels/task-holder.ts";
import type { ChangeReview } from "../review/change-review.ts";
import type { Team } from "../team.ts";
import type { AuditTree } from "../views/audit-tree.ts";
import type { TeamViewHolder } from "../views/team-view-holder.ts";

/** What commands may use. */
export interface CommandContext {
  readonly team: Team;
  readonly teamView: TeamViewHolder;
  readonly inbox: Inbox;
  readonly review: ReviewHolder;
  readonly tasks: TaskHolder;
  readonly changes: ChangeReview;
  readonly audit: AuditTree;
  readonly entries: EntryDocuments;
  readonly problems: Problems;
}

/** What a command does; `argument` is a tree row or a caller's value and not trusted. */
export type Command = (context: CommandContext, argument: unknown) => Promise<void>;

/** How long a single request of a command may take. */
export const requestLimitMs = 60_000;

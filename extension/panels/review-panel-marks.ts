import { messageOf } from "../../agent-host/core/host-error.ts";
import type { ChangedFile } from "../../agent-host/protocol/change-set.ts";
import type { ReviewView, ToReviewView } from "../../agent-host/protocol/review-view.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import type { ChangeReview } from "../review/change-review.ts";
import { runKey } from "../review/change-uri.ts";

interface Followed {
  readonly run: RunRef;
  readonly digest: string;
  readonly files: readonly ChangedFile[];
}

const readLimitMs = 120_000;

/** Tells the review page how far the person got with the change it shows, each time that changes. */
export class ReviewPanelMarks {
  private followed: Followed | undefined;
  private readonly changes: ChangeReview;
  private readonly post: (message: ToReviewView) => void;
  private readonly subscriptions: { dispose(): void }[];

  constructor(changes: ChangeReview, post: (message: ToReviewView) => void) {
    this.changes = changes;
    this.post = post;
    const about = (run: RunRef): void => {
      if (this.followed !== undefined && runKey(this.followed.run) === runKey(run)) this.send();
    };
    this.subscriptions = [
      changes.kept.onChange.subscribe(about),
      changes.drafts.onChange.subscribe(about),
      changes.book.onChange.subscribe(() => this.send()),
    ];
  }

  /** From now on the marks are those of this review. */
  follow({ workspaceId, runId, digest }: WaitingItem, { about }: ReviewView): void {
    const hasFiles = about.kind === "gate" && about.files !== null && about.files.length > 0;
    this.followed =
      !hasFiles || runId === null
        ? undefined
        : { run: { workspaceId, runId }, digest, files: about.files ?? [] };
    this.send();
  }

  dispose(): void {
    this.followed = undefined;
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private send(): void {
    const { followed } = this;
    if (followed === undefined) return;
    this.read(followed).catch((error: unknown) =>
      // The gate can be judged without them.
      this.changes.team.log.warn(
        `What was reviewed of ${followed.run.runId} cannot be counted: ${messageOf(error)}`,
      ),
    );
  }

  private async read(followed: Followed): Promise<void> {
    const { run, digest, files } = followed;
    const marks = await this.changes.marks(run, files, AbortSignal.timeout(readLimitMs));
    if (this.followed === followed) this.post({ kind: "marks", digest, marks });
  }
}

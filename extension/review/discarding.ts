import * as vscode from "vscode";
import { isHostError } from "../../agent-host/core/host-error.ts";
import type { Discard } from "../../agent-host/protocol/change-set.ts";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import type { WorkspacesEvent } from "../host/workspaces.ts";
import { runKey } from "./change-uri.ts";
import type { ReviewParts } from "./review-parts.ts";
import type { Requests } from "./run-changes.ts";

const discardLimitMs = 120_000;
const messageMs = 6_000;

export interface WantedDiscard {
  readonly run: RunRef;
  /** The tree it was shown for. */
  readonly tree: string;
  readonly part: Discard;
  /** What is discarded, in words: `lines 12–15 of src/a.ts`. */
  readonly what: string;
}

/** Leaves parts out of a change, after asking once: what was checked before counts no more. */
export class Discarding {
  /** Runs for which nothing is asked until their gate is answered. */
  private readonly unasked = new Set<string>();
  private readonly parts: ReviewParts;
  private readonly subscription: { dispose(): void };

  constructor(parts: ReviewParts) {
    this.parts = parts;
    this.subscription = parts.team.onEvent((event) => this.follow(event));
  }

  /** False: the person thought better of it, or the change was another by then. */
  async discard(wanted: WantedDiscard, session: Requests): Promise<boolean> {
    if (!this.unasked.has(runKey(wanted.run)) && !(await this.ask(wanted))) return false;
    const { run, tree, part, what } = wanted;
    const signal = AbortSignal.timeout(discardLimitMs);
    const title = vscode.l10n.t("Discarding {0}", what);
    try {
      await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
        session.request("change/discard", { runId: run.runId, tree, parts: [part] }, signal),
      );
    } catch (error) {
      if (!isHostError(error) || !isStale(error.code)) throw error;
      this.parts.changes.forget(run);
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          "The change was altered meanwhile, so nothing was discarded. It is shown as it is now.",
        ),
      );
      return false;
    }
    this.parts.changes.forget(run);
    const text = vscode.l10n.t("Discarded {0}. The checks run again.", what);
    vscode.window.setStatusBarMessage(`$(discard) ${text}`, messageMs);
    return true;
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async ask({ run, what }: WantedDiscard): Promise<boolean> {
    const t = vscode.l10n.t;
    const once = {
      label: `$(discard) ${t("Discard")}`,
      detail: t("Left out of the change. What was checked counts no more; the checks run again."),
    };
    const always = {
      label: `$(discard) ${t("Discard, and don't ask again for this review")}`,
      detail: t("The same for everything you discard until this gate is answered."),
    };
    const keep = { label: `$(close) ${t("Leave it in the change")}` };
    const title = t("Discard {0}?", what);
    const chosen = await vscode.window.showQuickPick([once, always, keep], { title });
    if (chosen === always) this.unasked.add(runKey(run));
    return chosen === once || chosen === always;
  }

  private follow(event: WorkspacesEvent): void {
    if (event.kind !== "folder" || event.event.kind !== "entry") return;
    const { type, runId, data } = event.event.delivered.entry;
    // The program decides too, each time the checks run again: only a person's answer ends a review.
    const isAnswer = type === "gate.decided" && data.keyId !== undefined;
    if (runId === null || !(isAnswer || type === "run.finished")) return;
    this.unasked.delete(runKey({ workspaceId: event.session.workspaceId, runId }));
  }
}

function isStale(code: string): boolean {
  return code === "change.stale" || code === "change.unknownPart";
}

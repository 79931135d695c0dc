import * as vscode from "vscode";
import type { Inbox } from "./inbox.ts";
import { isSameWait, type WaitingItem } from "./waiting-item.ts";

/** Told waits that are remembered; more than ever wait at once. */
const maxTold = 1_000;

/** Tells once of each thing that begins to wait while nobody looks at this window. */
export class WaitNotices implements vscode.Disposable {
  private readonly told = new Set<string>();
  private readonly subscription: { dispose(): void };
  private readonly inbox: Inbox;

  constructor(inbox: Inbox) {
    this.inbox = inbox;
    this.subscription = inbox.onChange.subscribe(() => this.look());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private look(): void {
    const fresh = this.inbox.mine.filter(({ digest }) => !this.told.has(digest));
    for (const { digest } of fresh) this.told.add(digest);
    for (const digest of this.told) {
      if (this.told.size <= maxTold) break;
      this.told.delete(digest);
    }
    // Who looks at the window sees the badge and the status bar.
    if (vscode.window.state.focused || fresh.length === 0) return;
    void this.tell(fresh);
  }

  private async tell(items: readonly WaitingItem[]): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    const text =
      items.length > 1
        ? vscode.l10n.t("{0} wait for you", items.length)
        : first.kind === "gate"
          ? vscode.l10n.t("The gate of {0} waits for you", first.gate.subject.phase)
          : vscode.l10n.t("{0} waits for your approval", first.approval.subject.tool);
    const review = vscode.l10n.t("Review");
    const chosen = await vscode.window.showInformationMessage(text, review);
    if (chosen !== review) return;
    const still = this.inbox.items.find((item) => isSameWait(item, first));
    await vscode.commands.executeCommand("agentTeam.reviewGate", still);
  }
}

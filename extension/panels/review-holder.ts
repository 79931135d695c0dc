import type * as vscode from "vscode";
import type { ReviewFocus } from "../../agent-host/protocol/review-view.ts";
import type { WaitingItem } from "../inbox/waiting-item.ts";
import type { ReviewPanel, ReviewPanelParts } from "./review-panel.ts";

/** Keeps at most one review open, and loads what it needs when it is first asked for. */
export class ReviewHolder implements vscode.Disposable {
  private panel: ReviewPanel | undefined;
  private readonly parts: ReviewPanelParts;

  constructor(parts: ReviewPanelParts) {
    this.parts = parts;
  }

  async show(item: WaitingItem, focus: ReviewFocus): Promise<void> {
    const { ReviewPanel } = await import("../on-demand.ts");
    if (this.panel === undefined) {
      const panel = new ReviewPanel(this.parts);
      this.panel = panel;
      panel.onDidDispose(() => {
        panel.dispose();
        if (this.panel === panel) this.panel = undefined;
      });
    }
    await this.panel.show(item, focus);
  }

  dispose(): void {
    this.panel?.dispose();
  }
}

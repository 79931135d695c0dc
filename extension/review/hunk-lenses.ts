import * as vscode from "vscode";
import { rowLanguage } from "../views/tree-item.ts";
import { changeScheme, changeSideOf } from "./change-uri.ts";
import type { HunkPlace } from "./hunk-places.ts";
import type { HunkRef } from "./hunk-target.ts";
import { hunkState } from "./hunk-words.ts";
import type { ReviewParts } from "./review-parts.ts";

/** "Keep · Discard · Comment" above each part of a change. The editor shows lenses in diffs only where that is set. */
export class HunkLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly parts: ReviewParts;
  private readonly subscriptions: { dispose(): void }[];
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(parts: ReviewParts) {
    this.parts = parts;
    const fire = (): void => this.changed.fire();
    this.subscriptions = [
      vscode.languages.registerCodeLensProvider({ scheme: changeScheme }, this),
      parts.kept.onChange.subscribe(fire),
      parts.documents.onDidLoad(fire),
      parts.book.onChange.subscribe(fire),
      this.changed,
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const named = changeSideOf(document.uri);
    if (named === null || named.side !== "after") return [];
    const places = this.parts.changes.places(named, named.path);
    const isOpen = this.parts.isOpen(named);
    return (places?.hunks ?? []).flatMap((hunk, index, { length }) => {
      const line = Math.min(hunk.spans.after.first, document.lineCount - 1);
      const range = new vscode.Range(line, 0, line, 0);
      const isKept = this.parts.kept.has(named, hunk);
      const ref: HunkRef = {
        workspaceId: named.workspaceId,
        runId: named.runId,
        path: named.path,
        key: hunk.key,
      };
      return lensesOf(hunk, isOpen, { isKept, number: index + 1, count: length }).map(
        ({ title, command, tooltip }) =>
          new vscode.CodeLens(range, { title, tooltip, command, arguments: [ref] }),
      );
    });
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

interface Lens {
  readonly title: string;
  readonly tooltip: string;
  readonly command: string;
}

function lensesOf(
  hunk: HunkPlace,
  isOpen: boolean,
  { isKept, number, count }: { isKept: boolean; number: number; count: number },
): Lens[] {
  const { t } = rowLanguage();
  const keep: Lens = {
    title: isKept ? `✓ ${hunkState(number, count, true, t)}` : t("Keep"),
    tooltip: isKept ? t("Mark as not reviewed") : t("Mark as reviewed"),
    command: "agentTeam.keepHunk",
  };
  if (!isOpen) return [keep];
  const whole = hunk.index === null;
  return [
    keep,
    {
      title: t("Discard…"),
      tooltip: whole ? t("Leave this file out of the change") : t("Leave this part out of the change"),
      command: whole ? "agentTeam.discardFile" : "agentTeam.discardHunk",
    },
    {
      title: t("Comment"),
      tooltip: t("Write to the team about this part"),
      command: "agentTeam.commentHunk",
    },
  ];
}

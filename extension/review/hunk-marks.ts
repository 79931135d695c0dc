import * as vscode from "vscode";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import { rowLanguage } from "../views/tree-item.ts";
import { type ChangeSide, changeSideOf } from "./change-uri.ts";
import type { HunkPlace } from "./hunk-places.ts";
import type { HunkRef } from "./hunk-target.ts";
import { hunkState } from "./hunk-words.ts";
import type { ReviewParts } from "./review-parts.ts";

const lensSetting = "diffEditor.codeLens";
const commands = {
  keep: "agentTeam.keepHunk",
  discard: "agentTeam.discardHunk",
  discardFile: "agentTeam.discardFile",
  comment: "agentTeam.commentHunk",
  lenses: "agentTeam.showHunkActions",
} as const;

/**
 * Says at the end of each part's first line which one it is and whether it was looked at, with the actions in its
 * hover. Where the editor shows lenses in diffs, those say it.
 */
export class HunkMarks implements vscode.Disposable {
  private readonly open: vscode.TextEditorDecorationType;
  private readonly kept: vscode.TextEditorDecorationType;
  private readonly parts: ReviewParts;
  private readonly subscriptions: { dispose(): void }[];

  constructor(parts: ReviewParts) {
    this.parts = parts;
    this.open = markType("editorCodeLens.foreground");
    this.kept = markType("gitDecoration.addedResourceForeground");
    const drawAll = (): void => this.drawAll();
    this.subscriptions = [
      this.open,
      this.kept,
      vscode.window.onDidChangeVisibleTextEditors(drawAll),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.drawDocument(document.uri)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(lensSetting)) drawAll();
      }),
      parts.documents.onDidLoad(drawAll),
      parts.kept.onChange.subscribe(drawAll),
      parts.book.onChange.subscribe(drawAll),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private drawAll(): void {
    for (const editor of vscode.window.visibleTextEditors) this.draw(editor);
  }

  private drawDocument(uri: vscode.Uri): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() === uri.toString()) this.draw(editor);
    }
  }

  private draw(editor: vscode.TextEditor): void {
    const named = changeSideOf(editor.document.uri);
    if (named === null) return;
    const hunks = this.parts.changes.places(named, named.path)?.hunks ?? [];
    const shown = areLensesShown() && named.side === "after" ? [] : hunks;
    const marks = shown.flatMap((hunk, index) => {
      if (!isDrawnOn(named, hunk)) return [];
      const isKept = this.parts.kept.has(named, hunk);
      return [
        { isKept, options: this.mark(editor.document, named, { hunk, isKept, index, count: hunks.length }) },
      ];
    });
    const of = (isKept: boolean): vscode.DecorationOptions[] =>
      marks.filter((mark) => mark.isKept === isKept).map(({ options }) => options);
    editor.setDecorations(this.open, of(false));
    editor.setDecorations(this.kept, of(true));
  }

  private mark(
    document: vscode.TextDocument,
    named: ChangeSide,
    { hunk, isKept, index, count }: { hunk: HunkPlace; isKept: boolean; index: number; count: number },
  ): vscode.DecorationOptions {
    const { t } = rowLanguage();
    const line = document.lineAt(Math.min(hunk.spans[named.side].first, document.lineCount - 1));
    const text = hunkState(index + 1, count, isKept, t);
    return {
      range: line.range,
      hoverMessage: this.hover(named, hunk, { text, isKept }),
      renderOptions: { after: { contentText: `${isKept ? "✓ " : ""}${text}` } },
    };
  }

  private hover(
    named: ChangeSide,
    { key, index }: HunkPlace,
    { text, isKept }: { text: string; isKept: boolean },
  ): vscode.MarkdownString {
    const { t } = rowLanguage();
    const { workspaceId, runId, path } = named;
    const ref: HunkRef = { workspaceId, runId, path, key };
    const links = [link(isKept ? t("Mark as not reviewed") : t("Keep"), commands.keep, ref)];
    if (this.parts.isOpen(named as RunRef)) {
      links.push(link(t("Discard…"), index === null ? commands.discardFile : commands.discard, ref));
      links.push(link(t("Comment"), commands.comment, ref));
    }
    const hover = new vscode.MarkdownString(`${text}\n\n${links.join(" · ")}`);
    if (!areLensesShown()) {
      hover.appendMarkdown(`\n\n${link(t("Show these above each change"), commands.lenses, null)}`);
    }
    hover.isTrusted = { enabledCommands: Object.values(commands) };
    return hover;
  }
}

/** On the changed side; where nothing is left of it, on the other. */
function isDrawnOn({ side }: ChangeSide, { spans }: HunkPlace): boolean {
  return side === (spans.after.isEmpty && !spans.before.isEmpty ? "before" : "after");
}

function areLensesShown(): boolean {
  return vscode.workspace.getConfiguration().get(lensSetting, false);
}

function link(label: string, command: string, argument: HunkRef | null): string {
  const query = argument === null ? "" : `?${encodeURIComponent(JSON.stringify([argument]))}`;
  return `[${label}](command:${command}${query})`;
}

function markType(color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor(color), margin: "0 0 0 3em" },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

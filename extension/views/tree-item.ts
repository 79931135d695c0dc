import * as vscode from "vscode";
import type { RowLanguage, TreeRow } from "./tree-row.ts";

/** The editor's form of a row. */
export function treeItem(row: TreeRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, collapsible[row.expands]);
  item.id = row.id;
  item.description = row.description;
  item.tooltip = row.tooltip;
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.spoken };
  item.iconPath =
    row.icon.color === null
      ? new vscode.ThemeIcon(row.icon.name)
      : new vscode.ThemeIcon(row.icon.name, new vscode.ThemeColor(row.icon.color));
  return item;
}

/** The display language and the present. */
export function rowLanguage(): RowLanguage {
  return {
    t: (message, ...values) => vscode.l10n.t(message, ...values),
    locale: vscode.env.language,
    nowMs: Date.now(),
  };
}

const collapsible = {
  never: vscode.TreeItemCollapsibleState.None,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  open: vscode.TreeItemCollapsibleState.Expanded,
} as const;

import * as vscode from "vscode";
import type { RunRef } from "../../agent-host/protocol/webview.ts";
import { type ChangeSide, changeSideOf } from "./change-uri.ts";
import { type HunkPlace, hunkAt } from "./hunk-places.ts";
import type { RunChanges } from "./run-changes.ts";

/** Names a part of a change; links and lenses carry it. */
export interface HunkRef {
  readonly workspaceId: string;
  readonly runId: string;
  readonly path: string;
  /** Of `HunkPlace`. */
  readonly key: string;
}

export interface Target {
  readonly run: RunRef;
  readonly path: string;
  readonly tree: string;
  readonly hunk: HunkPlace;
  /** Which of how many, from 1. */
  readonly number: number;
  readonly count: number;
}

/** The part that a command is for: what its argument names, else where the cursor stands. */
export function hunkTarget(changes: RunChanges, argument: unknown): Target | undefined {
  if (isHunkRef(argument)) return target(changes, argument, (hunk) => hunk.key === argument.key);
  const at = atCursor();
  if (at === undefined) return undefined;
  const places = changes.places(at.named, at.named.path);
  const hunk = places === undefined ? undefined : hunkAt(places, at.named.side, at.line);
  return hunk === undefined ? undefined : target(changes, at.named, (each) => each === hunk);
}

/** The file that a command is for: its argument, else the change that has the focus. */
export function fileTarget(argument: unknown): ChangeSide | undefined {
  if (argument instanceof vscode.Uri) {
    const named = changeSideOf(argument);
    if (named !== null) return named;
  }
  if (isHunkRef(argument)) return { ...argument, side: "after" };
  return atCursor()?.named;
}

/** The side of a change in the editor that has the focus, or had it last. */
export function atCursor(): { readonly named: ChangeSide; readonly line: number } | undefined {
  const editor = vscode.window.activeTextEditor;
  const named = editor === undefined ? null : changeSideOf(editor.document.uri);
  if (editor === undefined || named === null) return undefined;
  return { named, line: editor.selection.active.line };
}

function target(
  changes: RunChanges,
  { workspaceId, runId, path }: Pick<ChangeSide, "workspaceId" | "runId" | "path">,
  isWanted: (hunk: HunkPlace) => boolean,
): Target | undefined {
  const run = { workspaceId, runId };
  const places = changes.places(run, path);
  const index = places?.hunks.findIndex(isWanted) ?? -1;
  const hunk = places?.hunks[index];
  if (places === undefined || hunk === undefined) return undefined;
  return { run, path, tree: places.tree, hunk, number: index + 1, count: places.hunks.length };
}

function isHunkRef(value: unknown): value is HunkRef {
  if (typeof value !== "object" || value === null) return false;
  const { workspaceId, runId, path, key } = value as Readonly<Record<string, unknown>>;
  return [workspaceId, runId, path, key].every((each) => typeof each === "string");
}

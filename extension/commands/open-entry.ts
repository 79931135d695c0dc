import * as vscode from "vscode";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import type { Command } from "./command.ts";

/** Opens a journal entry as JSON. Called on a row of the Audit Log tree. */
export const openEntry: Command = async ({ entries }, argument) => {
  if (isEntryNode(argument)) await entries.show(argument.workspaceId, argument.entry);
};

/** Copies a journal entry as JSON. */
export const copyEntry: Command = async (_context, argument) => {
  if (isEntryNode(argument)) await vscode.env.clipboard.writeText(JSON.stringify(argument.entry, null, 2));
};

/** The rows are made by this extension; another caller's value is left out. */
function isEntryNode(value: unknown): value is { workspaceId: string; entry: Entry } {
  if (typeof value !== "object" || value === null || !("entry" in value) || !("workspaceId" in value))
    return false;
  const { entry, workspaceId } = value;
  return typeof workspaceId === "string" && typeof entry === "object" && entry !== null && "seq" in entry;
}

import type * as vscode from "vscode";
import type { Team } from "../team.ts";

/** Tells once, each time the host of a folder stops for good, with the ways out. */
export function watchStops(team: Team, tell: (error: unknown) => Promise<void>): vscode.Disposable {
  const told = new Set<string>();
  return team.onEvent((event) => {
    if (event.kind === "folders" || event.event.kind !== "link") return;
    const { workspaceId, link } = event.session;
    if (link.state.kind !== "stopped") {
      told.delete(workspaceId);
    } else if (!told.has(workspaceId)) {
      told.add(workspaceId);
      void tell(link.state.problem);
    }
  });
}

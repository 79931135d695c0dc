/** Documents of this scheme show the two sides of a run's change. Read-only. */
export const changeScheme = "agent-team-change";

export type Side = "before" | "after";

/** Names one side of one file of a run's change. */
export interface ChangeSide {
  readonly workspaceId: string;
  readonly runId: string;
  /** Workspace-relative, with `/`. */
  readonly path: string;
  readonly side: Side;
}

export interface UriParts {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;
}

/**
 * Where a side is found. The tree stands not in it: the host gives the present one, and a document that is open goes
 * along with it, so that tab, place and comments stay when a part is discarded.
 */
export function changeUriParts({ workspaceId, runId, path, side }: ChangeSide): UriParts {
  const query = new URLSearchParams({ workspace: workspaceId, run: runId, side }).toString();
  return { scheme: changeScheme, path: `/${path}`, query };
}

/** What a URI names; null for one that is not ours. Pure. */
export function changeSideOf({ scheme, path, query }: UriParts): ChangeSide | null {
  if (scheme !== changeScheme || !path.startsWith("/")) return null;
  const params = new URLSearchParams(query);
  const workspaceId = params.get("workspace");
  const runId = params.get("run");
  const side = params.get("side");
  if (workspaceId === null || runId === null || (side !== "before" && side !== "after")) return null;
  return { workspaceId, runId, path: path.slice(1), side };
}

/** One run in a window with several folders, as a key. */
export function runKey({ workspaceId, runId }: Pick<ChangeSide, "workspaceId" | "runId">): string {
  return `${workspaceId} ${runId}`;
}

import type { HostConnection } from "../client/host-connection.ts";
import { digestOf } from "../core/digest.ts";
import { HostError } from "../core/host-error.ts";
import type { ApprovalItem } from "../protocol/approval.ts";
import type { RunId, WorkspaceId } from "../protocol/ids.ts";
import type { GateItem } from "../protocol/methods.ts";
import type { RunState } from "../protocol/state/schemas.ts";

/** Something that waits for a person: the gate of a phase, or a request for approval. */
export type InboxItem =
  | { readonly kind: "gate"; readonly id: string; readonly runId: RunId; readonly item: GateItem }
  | {
      readonly kind: "approval";
      readonly id: string;
      /** Null for what belongs to the workspace itself. */
      readonly runId: RunId | null;
      readonly item: ApprovalItem;
    };

/**
 * All that waits, oldest first.
 *
 * @throws HostError `inbox.digest` where the host's digest is not that of what it shows: nobody may sign that.
 */
export async function readInbox(
  connection: HostConnection,
  query: { workspaceId: WorkspaceId; runId?: RunId },
  signal: AbortSignal,
): Promise<InboxItem[]> {
  const { gates } = await connection.request("gate/list", query, signal);
  const { approvals } = await connection.request("approval/list", query, signal);
  const items: InboxItem[] = [...gates.map(gateOf), ...approvals.map(approvalOf)];
  for (const { id, item } of items) refuseOtherDigest(id, item);
  return items.sort((a, b) => sinceOf(a).localeCompare(sinceOf(b)));
}

/** What to ask for: all, or what one run waits for. */
export function inboxQuery(
  { run }: { run?: string },
  { workspaceId }: { workspaceId: WorkspaceId },
): { workspaceId: WorkspaceId; runId?: RunId } {
  return run === undefined ? { workspaceId } : { workspaceId, runId: run };
}

/** The run that waits; null for what belongs to the workspace. */
export async function runOfItem(
  { runId }: InboxItem,
  connection: HostConnection,
  signal: AbortSignal,
): Promise<RunState | null> {
  if (runId === null) return null;
  const { workspaceId } = connection.host;
  return (await connection.request("run/show", { workspaceId, runId }, signal)).run;
}

/** Since when it waits, as an ISO time. */
export function sinceOf(entry: InboxItem): string {
  return entry.kind === "gate" ? entry.item.evaluatedAt : entry.item.requestedAt;
}

/**
 * The items that were named, by id or as `RUN/ID`, each once. A gate's id is unique only within its run.
 *
 * @throws HostError `inbox.unknown`, `inbox.ambiguous` (lists the candidates).
 */
export function pickItems(ids: readonly string[], items: readonly InboxItem[]): InboxItem[] {
  return [...new Set(ids.map((id) => pickItem(id, items)))];
}

function pickItem(id: string, items: readonly InboxItem[]): InboxItem {
  const found = items.filter((each) => isNamed(each, id));
  const [only, ...others] = found;
  if (only === undefined) {
    throw new HostError("inbox.unknown", `Nothing named ${id} waits for a person`, {
      hint: "See 'agent-team gates list'. What was decided already is in 'agent-team audit list --type gate.decided'",
    });
  }
  if (others.length === 0) return only;
  throw new HostError(
    "inbox.ambiguous",
    `${id} waits in ${found.length} runs: ${found.map(fullId).join(", ")}`,
    {
      hint: "Name one as RUN/ID, or add --run RUN",
    },
  );
}

/** Whether this is its id, or `RUN/ID`. */
export function isNamed(item: InboxItem, id: string): boolean {
  return item.id === id || fullId(item) === id;
}

/** An id that is unique within the workspace. */
export function fullId({ id, runId }: InboxItem): string {
  return runId === null ? id : `${runId}/${id}`;
}

function refuseOtherDigest(id: string, { subject, digest }: GateItem | ApprovalItem): void {
  if (digestOf(subject) === digest) return;
  throw new HostError("inbox.digest", `The digest of ${id} is not that of what the host shows`, {
    hint: "Do not decide on it. Run 'agent-team audit verify', and 'agent-team doctor' to see which host answers",
  });
}

function gateOf(item: GateItem): InboxItem {
  return { kind: "gate", id: item.subject.gateId, runId: item.subject.runId, item };
}

function approvalOf(item: ApprovalItem): InboxItem {
  return { kind: "approval", id: item.subject.approvalId, runId: item.subject.runId, item };
}

import { digestOf } from "../core/digest.ts";
import { isHostError } from "../core/host-error.ts";
import { type ApprovalItem, type ApprovalSubject, approvalSubjectSchema } from "../protocol/approval.ts";
import type { GateItem } from "../protocol/methods.ts";
import { gateSubjectSchema } from "../protocol/phase.ts";
import type { ApprovalState, GateState, RunState } from "../protocol/state/schemas.ts";
import type { Store } from "../store/store.ts";
import type { ControlLog } from "./control-log.ts";
import type { RunLog } from "./run-log.ts";

export interface InboxOptions {
  readonly store: Pick<Store, "listRuns" | "runState">;
  readonly control: ControlLog;
  withLog<T>(runId: string, act: (log: RunLog) => Promise<T>): Promise<T>;
  /** What the workspace's rules of this checksum ask for; null when they are not there any more. */
  rulesSubject(approvalId: string, about: string): Promise<ApprovalSubject | null>;
}

const maxRuns = 1_000;

/** Everything that waits for a person: one list over all runs and all their agents, and over the workspace itself. */
export class Inbox {
  private readonly options: InboxOptions;

  constructor(options: InboxOptions) {
    this.options = options;
  }

  async gates(runId?: string): Promise<GateItem[]> {
    const items: GateItem[] = [];
    for (const run of await this.waitingRuns(runId)) {
      for (const { status, gate } of run.phases) {
        if (status !== "needsPerson" || gate?.subject === null || gate === null) continue;
        items.push(...(await readable(this.gateItem(run.runId, gate), runId)));
      }
    }
    return items.sort((a, b) => a.evaluatedAt.localeCompare(b.evaluatedAt));
  }

  async approvals(runId?: string): Promise<ApprovalItem[]> {
    const items: ApprovalItem[] = [];
    for (const run of await this.waitingRuns(runId)) {
      for (const approval of Object.values(run.approvals)) {
        if (approval.answer !== "open") continue;
        items.push(...(await readable(this.approvalItem(run.runId, approval), runId)));
      }
    }
    if (runId === undefined) items.push(...(await this.workspaceItems()));
    return items.sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
  }

  private async waitingRuns(runId: string | undefined): Promise<RunState[]> {
    const { store } = this.options;
    const ids =
      runId === undefined
        ? (await store.listRuns({ limit: maxRuns })).runs
            .filter((run) => run.waits > 0 && run.finishedAt === null)
            .map((run) => run.runId)
        : [runId];
    const states = await Promise.all(ids.map((id) => store.runState(id)));
    return states.flatMap((state) => (state === null || state.finishedAt !== null ? [] : [state]));
  }

  private async gateItem(runId: string, gate: GateState): Promise<GateItem> {
    const text = await this.options.withLog(runId, (log) => log.recall(gate.subject ?? ""));
    const subject = gateSubjectSchema.parse(JSON.parse(text));
    return { subject, digest: digestOf(subject), evaluatedAt: gate.evaluatedAt };
  }

  private async approvalItem(runId: string, approval: ApprovalState): Promise<ApprovalItem> {
    const text = await this.options.withLog(runId, (log) => log.recall(approval.subject ?? ""));
    return itemOf(approvalSubjectSchema.parse(JSON.parse(text)), approval);
  }

  private async workspaceItems(): Promise<ApprovalItem[]> {
    const { approvals } = await this.options.control.current();
    const open = Object.values(approvals).filter((each) => each.answer === "open");
    const items = await Promise.all(
      open.map(async (approval) => {
        const subject = await this.options.rulesSubject(approval.approvalId, approval.about ?? "");
        return subject === null ? [] : [itemOf(subject, approval)];
      }),
    );
    return items.flat();
  }
}

/** One run whose files are gone or changed must not hide what the others wait for; asked for by itself it says so. */
async function readable<T>(item: Promise<T>, runId: string | undefined): Promise<T[]> {
  try {
    return [await item];
  } catch (error) {
    if (runId !== undefined || !isHostError(error) || !error.code.startsWith("blob.")) throw error;
    return [];
  }
}

function itemOf(subject: ApprovalSubject, { requestedAt, limitMs }: ApprovalState): ApprovalItem {
  return { subject, digest: digestOf(subject), requestedAt, limitMs };
}

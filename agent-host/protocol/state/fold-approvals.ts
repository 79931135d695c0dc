import type { EntryOf, Folds } from "./folds.ts";
import type { ApprovalState, RunState } from "./schemas.ts";

/** Requests for approval, and the answers that still matter. */
export const approvalFolds: Folds = {
  "approval.requested": (state, entry) =>
    withWaits({
      ...state,
      approvals: { ...state.approvals, [entry.data.approvalId]: requestedApproval(entry) },
    }),
  "approval.decided": (state, { data }) => {
    const approval = state.approvals[data.approvalId];
    // The first answer counts.
    if (approval === undefined || approval.answer !== "open") return state;
    const { answer, extent, by } = data;
    const grant = data.grant?.blob ?? null;
    const comment = data.comment?.blob ?? null;
    return withWaits({
      ...state,
      approvals: {
        ...state.approvals,
        [data.approvalId]: { ...approval, answer, extent, by, grant, comment },
      },
    });
  },
};

export function requestedApproval({ taskId, time, data }: EntryOf<"approval.requested">): ApprovalState {
  return {
    approvalId: data.approvalId,
    taskId,
    kind: data.kind,
    tool: data.tool,
    risk: data.risk,
    subject: data.subject?.blob ?? null,
    about: data.about ?? null,
    digest: data.digest,
    requestedAt: time,
    limitMs: data.limitMs,
    effectId: data.effectId ?? null,
    answer: "open",
    extent: "once",
    by: null,
    grant: null,
    comment: null,
  };
}

/** The state with its waits counted anew; once one is answered the run is no longer said to wait. */
export function withWaits(state: RunState): RunState {
  const open = Object.values(state.approvals).filter((each) => each.answer === "open").length;
  const gates = state.phases.filter((each) => each.status === "needsPerson").length;
  const waits = open + gates;
  const isAnswered = state.status === "waiting" && waits < state.waits;
  return { ...state, waits, ...(isAnswered ? { status: "running" as const, waitingFor: [] } : {}) };
}

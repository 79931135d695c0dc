import type { TypedEntry } from "../events.ts";
import { requestedApproval } from "./fold-approvals.ts";
import type { ControlState } from "./schemas.ts";

/** A workspace nobody has decided anything for. */
export const emptyControl: ControlState = {
  approvers: {},
  trusted: false,
  isFirstKeyOpen: true,
  approvals: {},
  alwaysGrants: [],
  lastSeq: 0,
};

/** Event types `foldControl` looks at; entries of others need not be handed to it. */
export const controlTypes = [
  "approver.enrolled",
  "config.changed",
  "run.started",
  "approval.requested",
  "approval.decided",
] as const;

/** Folds one entry into what holds for the whole workspace. Pure. */
export function foldControl(state: ControlState, entry: TypedEntry): ControlState {
  if (entry.seq <= state.lastSeq) return state;
  return { ...advance(state, entry), lastSeq: entry.seq };
}

function advance(state: ControlState, entry: TypedEntry): ControlState {
  switch (entry.type) {
    case "approver.enrolled": {
      const { approver } = entry.data;
      return {
        ...state,
        approvers: { ...state.approvers, [approver.keyId]: approver },
        isFirstKeyOpen: false,
      };
    }
    case "config.changed":
      return { ...state, trusted: entry.data.value };
    case "run.started":
      // Its commands could have spoken to the host as anybody.
      return entry.data.assurance === "unsandboxed" && entry.data.baseTree !== undefined
        ? { ...state, isFirstKeyOpen: false }
        : state;
    case "approval.requested":
      return requested(state, entry);
    case "approval.decided":
      return decided(state, entry);
    default:
      return state;
  }
}

const maxRemembered = 1_000;

function requested(
  state: ControlState,
  entry: Extract<TypedEntry, { type: "approval.requested" }>,
): ControlState {
  const approval = requestedApproval(entry);
  if (entry.runId !== null) return state;
  const approvals = { ...state.approvals, [approval.approvalId]: approval };
  return { ...state, approvals: Object.fromEntries(Object.entries(approvals).slice(-maxRemembered)) };
}

function decided(
  state: ControlState,
  { runId, data }: Extract<TypedEntry, { type: "approval.decided" }>,
): ControlState {
  const { approvalId, answer, extent, by, grant } = data;
  const approval = state.approvals[approvalId];
  if (runId === null && approval !== undefined && approval.answer === "open") {
    return {
      ...state,
      approvals: { ...state.approvals, [approvalId]: { ...approval, answer, extent, by } },
    };
  }
  if (runId === null || grant === undefined || answer !== "approve" || extent !== "always") return state;
  const alwaysGrants = [...state.alwaysGrants, { runId, grant: grant.blob }];
  return { ...state, alwaysGrants: alwaysGrants.slice(-maxRemembered) };
}

import type { Phase } from "../phase.ts";
import { withWaits } from "./fold-approvals.ts";
import type { EntryOf, Folds } from "./folds.ts";
import type { PhaseState, RunState } from "./schemas.ts";

export function waitingPhase(phase: Phase): PhaseState {
  return {
    phase,
    status: "waiting",
    enteredAt: null,
    leftAt: null,
    evidence: [],
    gate: null,
    evaluations: 0,
  };
}

/** The phases with `change` made to one of them. */
export function changePhase(state: RunState, phase: Phase, change: Partial<PhaseState>): PhaseState[] {
  return state.phases.map((each) => (each.phase === phase ? { ...each, ...change } : each));
}

/** Phases, their gates, and what was found in them. */
export const phaseFolds: Folds = {
  "phase.entered": (state, { time, data }) => ({
    ...state,
    phase: data.phase,
    phases: changePhase(state, data.phase, { status: "working", enteredAt: time, leftAt: null }),
  }),
  "phase.left": (state, { time, data }) => ({
    ...state,
    phases: changePhase(state, data.phase, { leftAt: time }),
  }),
  "gate.evaluated": evaluated,
  "gate.decided": (state, entry) => withWaits(decided(state, entry)),
  "finding.reported": (state, { seq, taskId, data }) => ({
    ...state,
    findings: {
      error: state.findings.error + data.counts.error,
      warning: state.findings.warning + data.counts.warning,
      info: state.findings.info + data.counts.info,
    },
    findingBatches: [
      ...state.findingBatches,
      {
        blob: data.findings.blob,
        counts: data.counts,
        phase: taskId === null ? null : (state.tasksById[taskId]?.phase ?? null),
        seq,
      },
    ],
  }),
};

function evaluated(state: RunState, { seq, time, data }: EntryOf<"gate.evaluated">): RunState {
  const { phase, evidence, rulesChecksum, gateId, treeHash = null, verdict, subject, digest } = data;
  const before = state.phases.find((each) => each.phase === phase);
  const verdictOfOld = evidence.every((each) => each.passed) ? "passed" : "failed";
  const gate = {
    gateId: gateId ?? `g-${phase}-1`,
    treeHash,
    rulesChecksum,
    verdict: verdict ?? verdictOfOld,
    digest: digest ?? null,
    subject: subject?.blob ?? null,
    evaluatedAt: time,
    evaluatedSeq: seq,
    decidedBy: null,
  };
  const status = gate.verdict === "needsPerson" ? "needsPerson" : "working";
  const evaluations = (before?.evaluations ?? 0) + 1;
  return withWaits({
    ...state,
    phases: changePhase(state, phase, { evidence, gate, evaluations, status }),
  });
}

/** What was decided, or made void by a merge, is not decided again. */
const closed: ReadonlySet<PhaseState["status"]> = new Set(["passed", "failed", "rejected", "void"]);

/** A decision counts for the evaluation it names only; one for an older evaluation changes nothing. */
function decided(state: RunState, { seq, data }: EntryOf<"gate.decided">): RunState {
  const { phase, gateId, decision, keyId = null, returned } = data;
  const known = state.phases.find((each) => each.phase === phase);
  if (known === undefined || closed.has(known.status)) return state;
  if (gateId !== undefined && known.gate?.gateId !== gateId) return state;
  if (returned === undefined) {
    const gate = known.gate === null ? null : { ...known.gate, decidedBy: keyId };
    return { ...state, phases: changePhase(state, phase, { status: decision, gate }) };
  }
  const { to, comment } = returned;
  return {
    ...state,
    phase: to,
    phases: walkAgainFrom(state, to),
    returns: [...state.returns, { from: phase, to, comment: comment.blob, seq }],
  };
}

function walkAgainFrom(state: RunState, to: Phase): PhaseState[] {
  const start = state.phases.findIndex((each) => each.phase === to);
  return state.phases.map((each, index) =>
    index < start ? each : { ...waitingPhase(each.phase), evaluations: each.evaluations },
  );
}

import { digestOf } from "../core/digest.ts";
import type { EventDraft } from "../protocol/events.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { Actor } from "../protocol/journal.ts";
import type { Criterion, Evidence, GateSubject, Phase } from "../protocol/phase.ts";
import type { PhaseState } from "../protocol/state/schemas.ts";
import { evaluateGate, type GateFacts, gateVerdict } from "../rules/gate.ts";
import { approversOf } from "../rules/gate-approvers.ts";
import { gatherFacts } from "./gate-facts.ts";
import { inlineEvidence } from "./inline-evidence.ts";
import type { RunSetup } from "./run-setup.ts";

/** How a run ended, before its last entry is written. */
export interface RunEnd {
  readonly status: "done" | "failed";
  readonly exitCode: number;
  readonly reason?: string;
}

const leader: Actor = { kind: "agent", id: "team-leader", role: "team-leader" };
const host: Actor = { kind: "system", id: "host", role: "host" };

/** A phase whose gate was passed is walked no more. */
const closedBy: ReadonlySet<PhaseState["status"]> = new Set(["needsPerson", "failed", "rejected"]);

/** Closes phases: gathers evidence, lets the rules judge it, and waits for a person where only one will do. */
export class GateKeeper {
  private readonly setup: RunSetup;

  constructor(setup: RunSetup) {
    this.setup = setup;
  }

  /** @returns how the run ends here; null to go on, with the next phase or with one the work was sent back to. */
  async close(phase: Phase, signal: AbortSignal): Promise<RunEnd | null> {
    const known = this.evaluated(phase);
    if (known?.status === "failed") return this.failedEnd(phase, known.evidence);
    if (known === null) {
      const end = await this.evaluate(phase, signal);
      if (end !== "needsPerson") return end;
    }
    return await this.decisionOf(phase, signal);
  }

  /** It was evaluated before the host ended, for this very tree: evidence and decision still count. */
  private evaluated(phase: Phase): PhaseState | null {
    const state = this.stateOf(phase);
    if (state === undefined || !closedBy.has(state.status)) return null;
    const { tree } = this.setup.log.state;
    return state.gate?.treeHash === null || state.gate?.treeHash === tree ? state : null;
  }

  private async evaluate(phase: Phase, signal: AbortSignal): Promise<RunEnd | null | "needsPerson"> {
    const { log, pinned } = this.setup;
    const criteria = pinned.rules.phases[phase]?.criteria ?? [];
    const subject = log.asKept(await this.subjectOf(phase, criteria, signal));
    const { gateId, treeHash, rulesChecksum, evidence } = subject;
    const verdict = gateVerdict(evidence);
    const outcome = verdict === "failed" ? "failed" : "ok";
    const kept = { subject: await log.keep(JSON.stringify(subject)), digest: digestOf(subject) };
    const found = { phase, rulesChecksum, evidence: inlineEvidence(evidence), gateId, treeHash, verdict };
    const evaluated: EventDraft = {
      type: "gate.evaluated",
      actor: host,
      outcome,
      data: { ...found, ...kept },
    };
    if (verdict === "needsPerson") {
      await log.record([evaluated]);
      return "needsPerson";
    }
    const decided = { phase, decision: verdict, criteria: [...criteria], gateId, treeHash };
    await log.record([
      evaluated,
      { type: "gate.decided", actor: host, outcome, data: decided },
      ...(verdict === "passed" ? [left(phase)] : []),
    ]);
    return verdict === "passed" ? null : this.failedEnd(phase, evidence);
  }

  private async subjectOf(
    phase: Phase,
    criteria: readonly Criterion[],
    signal: AbortSignal,
  ): Promise<GateSubject> {
    const { log, pinned, rulesChecksum } = this.setup;
    // Before anything is looked at: what is merged meanwhile is not what was looked at.
    const treeHash = this.treeOf(phase);
    const facts = await gatherFacts(this.setup, phase, criteria, signal);
    const guarded = criteria.some(({ kind }) => kind === "protectedUnchanged" || kind === "diffWithinScope");
    return {
      gateId: `g-${phase}-${(this.stateOf(phase)?.evaluations ?? 0) + 1}`,
      runId: log.runId,
      phase,
      treeHash,
      rulesChecksum,
      evidence: await this.listed(this.afterPolicy(evaluateGate(criteria, facts)), facts),
      protectedFiles: guarded ? [...facts.protectedFiles].sort() : [],
      approvers: approversOf(criteria, pinned.rules.phases[phase]?.approvers ?? []),
    };
  }

  /** Evidence of a gate that looks at no files of the change is bound to no tree. */
  private treeOf(phase: Phase): string | null {
    const { phases, tree } = this.setup.log.state;
    const names = phases.map((each) => each.phase);
    const start = names.indexOf("implementation");
    return start >= 0 && names.indexOf(phase) >= start ? tree : null;
  }

  private afterPolicy(evidence: readonly Evidence[]): Evidence[] {
    if (this.setup.log.state.approve !== "never") return [...evidence];
    return evidence.map(({ needsPerson, ...each }) =>
      needsPerson === true
        ? { ...each, reason: `${each.reason ?? "a person is needed"}; this run asks nobody` }
        : each,
    );
  }

  /** Whoever approves a change is told of every protected file in it, also before the gate that guards them. */
  private async listed(
    evidence: readonly Evidence[],
    { protectedFiles }: Pick<GateFacts, "protectedFiles">,
  ): Promise<Evidence[]> {
    if (protectedFiles.length === 0) return [...evidence];
    const detail = await this.setup.log.keep(JSON.stringify(protectedFiles));
    return evidence.map((each) => {
      const { kind } = each.criterion;
      if (kind === "protectedUnchanged" || kind === "diffWithinScope") return { ...each, detail };
      if (kind !== "humanApproval") return each;
      const count = protectedFiles.length;
      const note = count === 1 ? "1 protected file changed" : `${count} protected files changed`;
      return { ...each, reason: `${each.reason ?? ""}; ${note}`, detail };
    });
  }

  private async decisionOf(phase: Phase, signal: AbortSignal): Promise<RunEnd | null> {
    const { log, activity } = this.setup;
    const gateId = this.stateOf(phase)?.gate?.gateId ?? phase;
    const answer = await activity.waitingFor(gateId, "gate", () =>
      log.until((state) => {
        const now = state.phases.find((each) => each.phase === phase);
        // Sent back, it waits to be walked again.
        return now === undefined || now.status === "needsPerson" ? null : now.status;
      }, signal),
    );
    if (answer === "passed") {
      await log.record([left(phase)]);
      return null;
    }
    if (answer !== "rejected") return null;
    return {
      status: "failed",
      exitCode: exitCodes.gateFailed,
      reason: `The gate of ${phase} was rejected`,
    };
  }

  private failedEnd(phase: Phase, evidence: readonly Evidence[]): RunEnd {
    const tasks = Object.values(this.setup.log.state.tasksById).filter((task) => task.phase === phase);
    const failed =
      tasks.find((task) => task.status === "failed" || task.status === "refused") ??
      tasks.find((task) => task.status !== "done");
    if (failed !== undefined) {
      const reason = `${failed.title}: ${failed.summary || `the task is ${failed.status}`}`;
      return { status: "failed", exitCode: exitCodes.failed, reason };
    }
    const open = evidence.filter((each) => !each.passed);
    const why = open.flatMap(({ reason }) => reason ?? []);
    const isLimit = open.every(
      ({ criterion: { kind } }) => kind === "diffWithinScope" || kind === "budgetWithin",
    );
    const exitCode = isLimit ? exitCodes.budgetExhausted : exitCodes.gateFailed;
    return { status: "failed", exitCode, reason: `The gate of ${phase} did not pass: ${why.join("; ")}` };
  }

  private stateOf(phase: Phase): PhaseState | undefined {
    return this.setup.log.state.phases.find((each) => each.phase === phase);
  }
}

function left(phase: Phase): EventDraft {
  return { type: "phase.left", actor: leader, data: { phase } };
}

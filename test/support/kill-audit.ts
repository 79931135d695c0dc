import { type EventData, type TypedEntry, typedEntry } from "../../agent-host/protocol/events.ts";
import type { Entry } from "../../agent-host/protocol/journal.ts";

/** What the journal tells of a run that was killed again and again. */
export interface KillAudit {
  /** Broken promises, in words. */
  readonly problems: readonly string[];
  readonly counts: KillCounts;
}

export interface KillCounts {
  /** Effects without a result when a host was killed. */
  inFlight: number;
  /** Of these: nothing tells whether they happened. */
  inDoubt: number;
  /** Begun again because they had not happened, or a person said so. */
  begunAgain: number;
  /** Begun again although their result was durable. */
  rerun: number;
  /** Model calls that were under way: paid and lost. */
  lostCalls: number;
  /** Hand-backs that were taken twice; they change nothing the second time. */
  handedBackTwice: number;
}

type EffectState = "open" | "again" | "done";

const handBacks = new Set(["plan_tasks", "submit_result"]);

/** Goes through all entries of a journal with one run. `keyId`: the only key that may have decided anything. */
export function auditKilledRun(entries: readonly Entry[], keyId: string): KillAudit {
  const audit = new Auditor(keyId);
  for (const entry of entries) {
    const typed = typedEntry(entry);
    if (typed === null) audit.problems.push(`${entry.seq}: ${entry.type} is no entry of this program`);
    else audit.take(typed);
  }
  return audit;
}

type Checks = {
  readonly [T in TypedEntry["type"]]?: (audit: Auditor, entry: Extract<TypedEntry, { type: T }>) => void;
};

const checks: Checks = {
  "host.started": (audit) => audit.hostStarted(),
  "effect.intended": (audit, { seq, data }) => audit.intended(seq, data.effectId),
  "effect.settled": (audit, { seq, data }) => audit.settled(seq, data),
  "effect.inDoubt": (audit, { seq, data }) => audit.inDoubt(seq, data.effectId),
  "effect.completed": (audit, { seq, data }) => audit.completed(seq, data),
  "model.answered": (audit, { seq, taskId, data }) => {
    if (data.problem === "model.lost") audit.counts.lostCalls += 1;
    if (data.message !== undefined) audit.onlyOnce(seq, `answer ${taskId}/${data.attempt}/${data.turn}`);
  },
  "task.planned": (audit, { seq, taskId }) => audit.onlyOnce(seq, `plan of ${taskId}`),
  "task.refused": (audit, { seq, data }) => void audit.problems.push(`${seq}: refused by ${data.rule}`),
  "task.started": (audit, { seq, taskId }) => audit.taskStarted(seq, taskId),
  "task.finished": (audit, { seq, taskId, data }) => audit.taskFinished(seq, taskId, data),
  "phase.entered": (audit, { seq, data }) => audit.onlyOnce(seq, `entry of ${data.phase}`),
  "phase.left": (audit, { seq, data }) => audit.onlyOnce(seq, `end of ${data.phase}`),
  "gate.evaluated": (audit, { seq, data }) => audit.gateEvaluated(seq, data),
  "gate.decided": (audit, entry) => audit.gateDecided(entry),
  "approval.requested": (audit, { seq, data }) => audit.approvalRequested(seq, data),
  "approval.decided": (audit, { seq, data }) => audit.approvalDecided(seq, data),
  "changeset.created": (audit, { seq, data }) => audit.onlyOnce(seq, `change set ${data.changeSetId}`),
  "changeset.merged": (audit, { seq, data }) => audit.onlyOnce(seq, `merge of ${data.changeSetId}`),
  "changeset.applied": (audit, { seq }) => audit.onlyOnce(seq, "apply"),
  "run.created": (audit, { seq }) => audit.onlyOnce(seq, "run"),
  "run.started": (audit, { seq }) => audit.onlyOnce(seq, "start of the run"),
  "run.finished": (audit, { seq, data }) => {
    audit.onlyOnce(seq, "end of the run");
    if (data.exitCode !== 0) audit.problems.push(`${seq}: the run ended with ${data.exitCode}`);
  },
};

class Auditor implements KillAudit {
  readonly problems: string[] = [];
  readonly counts: KillCounts = {
    inFlight: 0,
    inDoubt: 0,
    begunAgain: 0,
    rerun: 0,
    lostCalls: 0,
    handedBackTwice: 0,
  };
  private readonly keyId: string;
  private readonly effects = new Map<string, EffectState>();
  private readonly interrupted = new Set<string>();
  private readonly once = new Set<string>();
  private readonly doneTasks = new Set<string>();
  private readonly digests = new Map<string, string>();
  /** Answers to doubts, each good for one. */
  private readonly doubts = new Map<string, string>();
  private readonly left = new Set<string>();
  private readonly unused = new Set<string>();
  private readonly forPersons = new Set<string>();
  private intents = 0;

  constructor(keyId: string) {
    this.keyId = keyId;
  }

  take(entry: TypedEntry): void {
    const check = checks[entry.type] as ((audit: Auditor, entry: TypedEntry) => void) | undefined;
    check?.(this, entry);
  }

  hostStarted(): void {
    for (const [effectId, state] of this.effects) {
      // One that two hosts died over was in flight once.
      if (state !== "open" || this.interrupted.has(effectId)) continue;
      this.interrupted.add(effectId);
      this.counts.inFlight += 1;
    }
  }

  intended(seq: number, effectId: string): void {
    const state = this.effects.get(effectId);
    if (state === "done") {
      this.counts.rerun += 1;
      this.problems.push(`${seq}: ${effectId} was begun again after its result was durable`);
    }
    if (state === "open") this.problems.push(`${seq}: ${effectId} was begun again without a look`);
    if (state === "again") this.counts.begunAgain += 1;
    this.effects.set(effectId, "open");
    this.intents += 1;
    this.interrupted.delete(effectId);
  }

  settled(seq: number, { effectId, as }: { effectId: string; as: string }): void {
    if (this.effects.get(effectId) !== "open")
      this.problems.push(`${seq}: ${effectId} was settled and not open`);
    if (as === "repeat" || as === "leave") this.answerUsed(seq, effectId);
    if (as === "leave") this.left.add(effectId);
    if (as === "notDone" || as === "repeat") this.effects.set(effectId, "again");
  }

  private answerUsed(seq: number, effectId: string): void {
    if (!this.unused.delete(effectId))
      this.problems.push(`${seq}: ${effectId} was settled without an answer`);
  }

  inDoubt(seq: number, effectId: string): void {
    this.counts.inDoubt += 1;
    if (!this.interrupted.has(effectId))
      this.problems.push(`${seq}: ${effectId} is in doubt and was not in flight`);
    this.onlyOnce(seq, `doubt about ${effectId} of ${this.intents}`);
  }

  completed(seq: number, { effectId, tool, isError }: EventData<"effect.completed">): void {
    // Every call of the script can be carried out, once.
    if (isError && !this.left.has(effectId)) this.problems.push(`${seq}: ${effectId} (${tool}) failed`);
    const isAgain = this.effects.get(effectId) === "done";
    if (isAgain && handBacks.has(tool)) this.counts.handedBackTwice += 1;
    else if (isAgain) {
      this.counts.rerun += 1;
      this.problems.push(`${seq}: ${effectId} (${tool}) was completed twice`);
    }
    this.effects.set(effectId, "done");
  }

  taskStarted(seq: number, taskId: string | null): void {
    if (this.doneTasks.has(taskId ?? "")) this.problems.push(`${seq}: ${taskId} was done already`);
  }

  taskFinished(seq: number, taskId: string | null, { status, summary }: EventData<"task.finished">): void {
    if (status !== "done") this.problems.push(`${seq}: ${taskId} ${summary}`);
    this.doneTasks.add(taskId ?? "");
    this.onlyOnce(seq, `end of ${taskId}`);
  }

  gateEvaluated(
    seq: number,
    { phase, gateId = "", digest = "", verdict }: EventData<"gate.evaluated">,
  ): void {
    this.digests.set(gateId, digest);
    if (verdict === "needsPerson") this.forPersons.add(gateId);
    this.onlyOnce(seq, `evidence of ${phase}`);
  }

  approvalRequested(
    seq: number,
    { approvalId, digest, kind, effectId }: EventData<"approval.requested">,
  ): void {
    this.digests.set(approvalId, digest);
    if (kind === "inDoubt") this.doubts.set(approvalId, effectId ?? "");
    // What is in doubt again is asked again; what was allowed stays allowed.
    const times = kind === "inDoubt" ? ` of ${this.intents}` : "";
    this.onlyOnce(seq, `request ${kind} for ${effectId}${times}`);
  }

  approvalDecided(seq: number, { approvalId, by, keyId, digest }: EventData<"approval.decided">): void {
    if (by !== "person" || keyId !== this.keyId) this.problems.push(`${seq}: ${approvalId} by ${by}`);
    if (digest !== this.digests.get(approvalId))
      this.problems.push(`${seq}: ${approvalId} has another digest`);
    this.onlyOnce(seq, `answer to ${approvalId}`);
    const doubtful = this.doubts.get(approvalId);
    if (doubtful !== undefined) this.unused.add(doubtful);
  }

  gateDecided({ seq, data, outcome }: Extract<TypedEntry, { type: "gate.decided" }>): void {
    this.onlyOnce(seq, `decision on ${data.gateId}`);
    if (outcome !== "ok" || data.decision !== "passed")
      this.problems.push(`${seq}: ${data.gateId} ${data.decision}`);
    if (this.forPersons.has(data.gateId ?? "") && data.keyId !== this.keyId)
      this.problems.push(`${seq}: ${data.gateId} without the person's key`);
  }

  onlyOnce(seq: number, what: string, mayRepeat = false): void {
    if (this.once.has(what) && !mayRepeat) this.problems.push(`${seq}: ${what} a second time`);
    this.once.add(what);
  }
}

import type { HostConnection } from "../client/host-connection.ts";
import { isHostError } from "../core/host-error.ts";
import {
  type Decision,
  type DecisionInput,
  decisionSchema,
  type SignedDecision,
} from "../protocol/decision.ts";
import type { WorkspaceId } from "../protocol/ids.ts";
import type { InboxItem } from "./inbox.ts";

/** What a person says to an item; what it is about is added here. */
export type Answer = Omit<DecisionInput, "workspaceId" | "id" | "digest">;

export interface Answered {
  readonly entry: InboxItem;
  readonly answer: Answer;
}

/** What became of it. A refusal is one of this decision: it was too late, the role may not, the key is unknown. */
export type DecisionOutcome =
  | { readonly kind: "decided"; readonly entry: InboxItem; readonly answer: Answer; readonly seq: number }
  | {
      readonly kind: "refused";
      readonly entry: InboxItem;
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
    };

interface DecideGiven {
  readonly connection: HostConnection;
  readonly workspaceId: WorkspaceId;
  sign(decision: Decision): SignedDecision;
}

const maxBatch = 100;

/** Signs and sends each answer. Each stands by itself. @throws HostError for what is no refusal of a decision. */
export async function decideOn(
  answers: readonly Answered[],
  given: DecideGiven,
  signal: AbortSignal,
): Promise<DecisionOutcome[]> {
  const outcomes: DecisionOutcome[] = [];
  for (const each of answers) {
    if (each.entry.kind === "gate") outcomes.push(await decideGate(each, given, signal));
  }
  const approvals = answers.filter(({ entry }) => entry.kind === "approval");
  for (let start = 0; start < approvals.length; start += maxBatch) {
    outcomes.push(...(await decideApprovals(approvals.slice(start, start + maxBatch), given, signal)));
  }
  return outcomes;
}

async function decideGate(each: Answered, given: DecideGiven, signal: AbortSignal): Promise<DecisionOutcome> {
  const { connection, workspaceId } = given;
  try {
    const signed = signedAnswer(each, given);
    const { seq } = await connection.request("gate/decide", { workspaceId, signed }, signal);
    return { kind: "decided", ...each, seq };
  } catch (error) {
    if (!isHostError(error) || !error.code.startsWith("decision.")) throw error;
    const { code, message, hint } = error;
    return { kind: "refused", entry: each.entry, code, message, ...(hint === undefined ? {} : { hint }) };
  }
}

async function decideApprovals(
  batch: readonly Answered[],
  given: DecideGiven,
  signal: AbortSignal,
): Promise<DecisionOutcome[]> {
  const { connection, workspaceId } = given;
  const signed = batch.map((each) => signedAnswer(each, given));
  const { decided } = await connection.request("approval/decide", { workspaceId, signed }, signal);
  return batch.map((each) => {
    const result = decided.find(({ id }) => id === each.entry.id);
    if (result !== undefined && "seq" in result) return { kind: "decided", ...each, seq: result.seq };
    const { code, message } = result ?? {
      code: "decision.unanswered",
      message: "The host did not say what became of it",
    };
    return { kind: "refused", entry: each.entry, code, message };
  });
}

function signedAnswer({ entry, answer }: Answered, { workspaceId, sign }: DecideGiven): SignedDecision {
  return sign(decisionSchema.parse({ ...answer, workspaceId, id: entry.id, digest: entry.item.digest }));
}

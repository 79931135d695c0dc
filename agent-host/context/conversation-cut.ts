import type { Message } from "../protocol/conversation.ts";
import { digestTokens } from "./conversation-digest.ts";
import { resultTokens } from "./estimate-tokens.ts";
import type { TurnLedger } from "./turn-ledger.ts";

/**
 * How a conversation is cut: the turns before `digested` give way to a digest; of those before `cleared` the results
 * are left out; of turn `cutTurn` (-1: none) each result has at most `share` tokens.
 */
export interface Cut {
  readonly digested: number;
  readonly cleared: number;
  readonly cutTurn: number;
  readonly share: number;
}

export const uncut: Cut = { digested: 0, cleared: 0, cutTurn: -1, share: 0 };

/** Where cutting begins, and how far it goes, as shares of the room besides the task and a person's words. */
const highMark = 0.8;
const lowMark = 0.5;
/** No result is cut to less. */
const minResultTokens = 64;

export interface Sized {
  readonly ledger: TurnLedger;
  readonly messages: readonly Message[];
  readonly maxTokens: number;
}

/** The cut before a call that sees all turns of the ledger: the last one, or a larger one if that has become too little. */
export function nextCut(last: Cut, sized: Sized): Cut {
  if (sizeOf(last, sized) <= markOf(last.digested, highMark, sized)) return last;
  // The model has not seen yet what came last.
  const newest = sized.ledger.turns.length - 1;
  const isRoomy = (cut: Cut): boolean => sizeOf(cut, sized) <= markOf(cut.digested, lowMark, sized);
  const cut = { ...last };
  while (cut.cleared < newest && !isRoomy(cut)) {
    cut.cleared += 1;
    cut.cutTurn = -1;
  }
  while (cut.digested < newest && !isRoomy(cut)) {
    cut.digested += 1;
    cut.cleared = Math.max(cut.cleared, cut.digested);
  }
  if (sizeOf(cut, sized) <= sized.maxTokens) return cut;
  return { ...cut, cutTurn: newest, share: shareOf({ ...cut, cutTurn: -1 }, sized) };
}

function markOf(digested: number, share: number, { ledger, maxTokens }: Sized): number {
  const fixed = ledger.headTokens + ledger.wordsBefore(digested);
  return fixed + (maxTokens - fixed) * share;
}

function sizeOf({ digested, cleared, cutTurn, share }: Cut, sized: Sized): number {
  const { ledger, maxTokens } = sized;
  const digest = digested === 0 ? 0 : digestTokens(digested, maxTokens) + ledger.wordsBefore(digested);
  const clearedTurns = ledger.clearedBefore(cleared) - ledger.clearedBefore(digested);
  const fullTurns = ledger.fullBefore(ledger.turns.length) - ledger.fullBefore(cleared);
  const saved = cutTurn === -1 ? 0 : savedBy(resultSizes(cutTurn, sized), share);
  return ledger.headTokens + digest + clearedTurns + fullTurns - saved;
}

function savedBy(sizes: readonly number[], share: number): number {
  return sizes.reduce((sum, size) => sum + Math.max(0, size - share), 0);
}

/** How large each result of the last turn may be for all to fit: small ones leave their room to the large ones. */
function shareOf(cut: Cut, sized: Sized): number {
  const sizes = resultSizes(sized.ledger.turns.length - 1, sized).sort((a, b) => a - b);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let room = sized.maxTokens - (sizeOf(cut, sized) - total);
  for (const [index, size] of sizes.entries()) {
    const share = Math.floor(room / (sizes.length - index));
    if (size > share) return Math.max(minResultTokens, share);
    room -= size;
  }
  return Math.max(minResultTokens, sizes.at(-1) ?? 0);
}

function resultSizes(turn: number, { ledger, messages }: Sized): number[] {
  const { start, end } = ledger.turns[turn] ?? { start: 0, end: 0 };
  return messages
    .slice(start, end)
    .flatMap((message) => (message.role === "tool" ? message.results.map(resultTokens) : []));
}

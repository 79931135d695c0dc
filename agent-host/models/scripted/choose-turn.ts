import { instructionOf, type Message } from "../../protocol/conversation.ts";
import type { Script, Turn } from "../../protocol/script.ts";
import type { ModelRequest } from "../model.ts";

export interface ChosenTurn {
  /** How many answers stand in the conversation: 0 for the first. */
  readonly number: number;
  /** null: the script has no turn left for this conversation. */
  readonly turn: Turn | null;
}

/**
 * The turn of a script that answers a request: of those whose `when` fits, the one after as many as there are answers
 * in the conversation. It depends on nothing else, so a task that goes on in another process goes on where it was, and
 * a call that is tried again gets the same turn.
 */
export function chooseTurn(script: Script, request: ModelRequest): ChosenTurn {
  const number = request.messages.filter(({ role }) => role === "assistant").length;
  const turns = turnsFor(script, request.agentType);
  // Most turns have no condition; then nothing of a long conversation need be looked at.
  const fitting = turns.some(({ when }) => when !== undefined) ? turns.filter(fits(request)) : turns;
  return { number, turn: fitting[number] ?? null };
}

/** The turns for an agent: its own where it is named, else those of `*`. */
export function turnsFor(script: Script, agentType: string): readonly Turn[] {
  for (const name of [agentType, "*"]) {
    if (Object.hasOwn(script.agents, name)) return script.agents[name] ?? [];
  }
  return [];
}

function fits({ taskType, messages }: ModelRequest): (turn: Turn) => boolean {
  const texts = textsThatCount(messages);
  return ({ when }) => {
    if (when?.taskType !== undefined && when.taskType !== taskType) return false;
    const { includes } = when ?? {};
    return includes === undefined || texts.some((text) => text.includes(includes));
  };
}

// The instruction, and the last message if it is another. What surrounds it in the first message is the same
// or alike for all tasks of a run: a condition that it could fulfil would tell no tasks apart.
function textsThatCount(messages: readonly Message[]): string[] {
  const [first] = messages;
  const last = messages.at(-1);
  const texts = first?.role === "user" ? [instructionOf(first.text)] : [];
  if (last === undefined || last === first) return texts;
  return last.role === "tool" ? [...texts, ...last.results.map(({ text }) => text)] : [...texts, last.text];
}

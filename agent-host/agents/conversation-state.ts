import { type AssistantMessage, badCallMark, type Message } from "../protocol/conversation.ts";

/** How many answers of the model a conversation holds. */
export function answersIn(messages: readonly Message[]): number {
  return messages.reduce((count, { role }) => count + (role === "assistant" ? 1 : 0), 0);
}

/** How many of the user's messages say exactly this. */
export function timesSaid(messages: readonly Message[], text: string): number {
  return messages.filter((message) => message.role === "user" && message.text === text).length;
}

/** How many of the last tool results, without one between that was none, say that the call made no sense. */
export function badCallsInARow(messages: readonly Message[]): { count: number; reason: string } {
  let count = 0;
  let reason = "";
  for (const message of messages.toReversed()) {
    if (message.role !== "tool") continue;
    for (const result of message.results.toReversed()) {
      if (!result.isError || !result.text.startsWith(badCallMark)) return { count, reason };
      count += 1;
      if (count === 1) reason = result.text.slice(badCallMark.length, 500);
    }
  }
  return { count, reason };
}

/** The last answer whose calls have no complete results yet, and how many messages stand before it. */
export function openAnswer(
  messages: readonly Message[],
): { answer: AssistantMessage; before: number } | null {
  const at = messages.findLastIndex(({ role }) => role === "assistant");
  const answer = messages[at];
  if (answer?.role !== "assistant") return null;
  const next = messages[at + 1];
  if (next === undefined) return { answer, before: at };
  const isPartial = next.role === "tool" && next.results.length < answer.toolCalls.length;
  return isPartial && at + 2 === messages.length ? { answer, before: at } : null;
}

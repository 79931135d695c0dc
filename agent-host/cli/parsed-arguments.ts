import { InvalidArgumentError } from "commander";
import { runIdSchema } from "../protocol/ids.ts";

// What stands on a command line as text, parsed. Each throws commander's InvalidArgumentError, which names the option.

export function parsedGoal(goal: string): string {
  if (goal.trim() === "") throw new InvalidArgumentError("The goal is empty");
  if (goal.length > 20_000) throw new InvalidArgumentError("The goal is longer than 20,000 characters");
  return goal;
}

export function parsedWords(words: string): string {
  if (words.trim() === "") throw new InvalidArgumentError("There are no words in it");
  if (words.length > 20_000) throw new InvalidArgumentError("It is longer than 20,000 characters");
  return words;
}

/** Words that are signed with a decision. */
export function parsedComment(words: string): string {
  if (words.length > 8_000) throw new InvalidArgumentError("It is longer than 8,000 characters");
  return words;
}

export function parsedCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000_000)
    throw new InvalidArgumentError("A whole number from 1 is needed.");
  return count;
}

export function parsedMoney(text: string): number {
  const amount = Number(text);
  if (text.trim() === "" || !(amount >= 0) || amount > 1_000_000)
    throw new InvalidArgumentError("An amount in US dollars is needed, from 0 to 1000000.");
  return amount;
}

/** A limit on what is counted: tokens, calls. */
export function parsedLimit(text: string): number {
  const limit = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(limit) || limit < 0)
    throw new InvalidArgumentError("A whole number from 0 is needed.");
  return limit;
}

export function parsedMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0) || minutes > 100_000)
    throw new InvalidArgumentError("A number of minutes up to 100000 is needed.");
  return minutes;
}

export function parsedRunId(text: string): string {
  const parsed = runIdSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError("A run id such as r-mbx3k2f1-7f3a9c is needed.");
  return parsed.data;
}

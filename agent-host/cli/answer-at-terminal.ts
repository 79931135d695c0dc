import type { Phase } from "../protocol/phase.ts";
import { visible } from "../protocol/visible.ts";
import type { Answer } from "./decide.ts";
import type { InboxItem } from "./inbox.ts";
import type { Prompt } from "./prompt.ts";

/** `later`: the person leaves it open. */
export type TerminalAnswer = Answer | "later";

/**
 * Asks what to do with one item that was shown already. Nothing is taken for an answer but a word that is one;
 * an approval that clears files asks for each of them.
 */
export async function answerAtTerminal(
  entry: InboxItem,
  given: { prompt: Prompt; phases: readonly Phase[]; say(text: string): void },
  signal: AbortSignal,
): Promise<TerminalAnswer> {
  if (entry.kind === "approval" && entry.item.subject.kind === "question") return await words(given, signal);
  const choices = choicesFor(entry);
  for (;;) {
    const choice = await chosen(choices, given, signal);
    if (choice === "later") return "later";
    if (choice === "reject") return await rejection(entry, given, signal);
    const clears = await clearedFiles(entry, given, signal);
    if (clears === null) continue;
    const extent = choice === "run" ? "run" : choice === "always" ? "always" : "once";
    return { answer: "approve", extent, clears };
  }
}

async function words({ prompt }: Given, signal: AbortSignal): Promise<TerminalAnswer> {
  const answer = (await prompt.ask("Your answer (empty leaves it to the agent, [l]ater): ", signal)).trim();
  if (/^l(ater)?$/i.test(answer)) return "later";
  return answer === ""
    ? { answer: "reject", comment: "" }
    : { answer: "approve", extent: "once", comment: answer };
}

type Choice = "approve" | "run" | "always" | "reject" | "later";

const questions: Readonly<Record<Choice, string>> = {
  approve: "[a]pprove",
  run: "approve for this r[u]n",
  always: "approve al[w]ays",
  reject: "[r]eject",
  later: "[l]ater",
};
const letters: Readonly<Record<Choice, string>> = {
  approve: "a",
  run: "u",
  always: "w",
  reject: "r",
  later: "l",
};

function choicesFor(entry: InboxItem): readonly Choice[] {
  const reaches = entry.kind === "approval" && entry.item.subject.pattern !== null;
  return reaches ? ["approve", "run", "always", "reject", "later"] : ["approve", "reject", "later"];
}

interface Given {
  readonly prompt: Prompt;
  readonly phases: readonly Phase[];
  say(text: string): void;
}

async function chosen(
  choices: readonly Choice[],
  { prompt, say }: Given,
  signal: AbortSignal,
): Promise<Choice> {
  const question = `${choices.map((each) => questions[each]).join(", ")}? `;
  for (;;) {
    const word = (await prompt.ask(question, signal)).trim().toLowerCase();
    const choice = choices.find((each) => word === each || word === letters[each]);
    if (choice !== undefined) return choice;
    say("Nothing was decided. Please answer with one of these words or its letter.\n");
  }
}

/** Null when a file is not cleared: then the gate cannot be approved. */
async function clearedFiles(
  entry: InboxItem,
  { prompt, say }: Given,
  signal: AbortSignal,
): Promise<string[] | null> {
  const files = entry.kind === "gate" ? entry.item.subject.protectedFiles : [];
  for (const file of files) {
    const word = await prompt.ask(`Clear the change of ${visible(file)}? [y]es, [n]o: `, signal);
    if (/^y(es)?$/i.test(word.trim())) continue;
    say("Then it cannot be approved. Reject it to send the work back.\n");
    return null;
  }
  return files;
}

async function rejection(entry: InboxItem, given: Given, signal: AbortSignal): Promise<Answer> {
  const comment = (await given.prompt.ask("Why? The agents get these words: ", signal)).trim();
  if (entry.kind === "approval") return { answer: "reject", comment };
  return {
    answer: "reject",
    comment,
    returnTo: await phaseToReturnTo(entry.item.subject.phase, given, signal),
  };
}

async function phaseToReturnTo(
  phase: Phase,
  { prompt, phases, say }: Given,
  signal: AbortSignal,
): Promise<Phase | null> {
  const earlier = phases.slice(0, phases.indexOf(phase) + 1);
  for (;;) {
    const question = `Send the work back to (${earlier.join(", ")}; "end" ends the run): `;
    const word = (await prompt.ask(question, signal)).trim().toLowerCase();
    if (word === "end") return null;
    const found = earlier.find((each) => each === word);
    if (found !== undefined) return found;
    say("Please name one of these phases, or end.\n");
  }
}

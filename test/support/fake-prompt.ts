import type { Prompt } from "../../agent-host/cli/prompt.ts";
import { HostError } from "../../agent-host/core/host-error.ts";

/** A person who answers one after the other, and whose questions are kept. An answer may be a wait for its signal. */
export class FakePrompt implements Prompt {
  readonly questions: string[] = [];
  private readonly answers: (string | "wait")[];
  private onWait: () => void = () => undefined;
  /** Resolves when a question waits for its signal. */
  readonly waiting = new Promise<void>((resolve) => {
    this.onWait = resolve;
  });

  constructor(...answers: string[]) {
    this.answers = answers;
  }

  async ask(question: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.questions.push(question);
    const answer = this.answers.shift();
    if (answer === undefined) throw new HostError("cli.noAnswer", "nobody answers any more");
    if (answer !== "wait") return answer;
    return await new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.onWait();
    });
  }

  async askHidden(question: string, signal: AbortSignal): Promise<string> {
    return await this.ask(question, signal);
  }
}

/** A person at the terminal. There is none where standard input or error is no terminal. */
export interface Prompt {
  /**
   * What was typed, without the end of the line.
   *
   * @throws HostError `cli.noAnswer` when the input ends; the signal's reason when it aborts.
   */
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** The same, and nothing of it is shown. */
  askHidden(question: string, signal: AbortSignal): Promise<string>;
}

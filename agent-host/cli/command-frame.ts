import type { CliContext } from "./cli-context.ts";

/** Options that stand before or after any command. */
export interface GlobalOptions {
  readonly workspace: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What a command's definition gets beside the program it is added to. */
export interface CommandFrame {
  readonly context: CliContext;
  finish(exitCode: number): void;
  /** To be asked when the command is carried out: before that nothing is parsed. */
  globals(): GlobalOptions;
}

import type * as z from "zod";

/** What a call would touch; the permission gate decides on this and nothing else. Paths are workspace-relative, with `/`. */
export type Access =
  | { readonly kind: "none" }
  | { readonly kind: "read"; readonly paths: readonly string[] }
  | { readonly kind: "write"; readonly files: readonly FileWrite[] }
  | { readonly kind: "command"; readonly argv: readonly string[]; readonly folder: string }
  /** Reaches out to another machine. `url` is as the one parser of URLs writes it. */
  | { readonly kind: "connect"; readonly url: string; readonly host: string }
  /** Asks a person; touches nothing. */
  | { readonly kind: "question"; readonly question: string };

export interface FileWrite {
  readonly path: string;
  readonly verb: "create" | "edit" | "delete";
}

/** How it can be told after a crash whether the call's effect happened. Digests are SHA-256 of the file, null: no file. */
export type EffectCheck =
  | { readonly kind: "files"; readonly files: readonly FileCheck[] }
  | { readonly kind: "repeatable" }
  | { readonly kind: "none" };

export interface FileCheck {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface ToolOutput {
  /** For the model; at most `maxToolResultBytes`. */
  readonly text: string;
  readonly isError: boolean;
  /** All of it where `text` had to leave something out: for people, at most `maxFullCharacters`. */
  readonly full?: string;
}

/** A call that was looked at and not yet done. */
export interface PreparedCall {
  readonly access: Access;
  /** False: it changes nothing and may be done again at will. */
  readonly hasEffect: boolean;
  /** Exactly what would be done, one fact a line, for the person who is asked. */
  readonly facts: readonly string[];
  readonly check: EffectCheck;
  /** Does it. Throws a `HostError` only when the machine fails; a fault of the call is an output with `isError`. */
  perform(signal: AbortSignal): Promise<ToolOutput>;
  /** What `perform` would have put out, for an effect that is found done after a crash. */
  recovered(): ToolOutput;
}

/** What a tool may know of the task it works for. */
export interface ToolContext {
  /** Folder of the task's tree, an absolute real path. Everything a tool touches lies in it. */
  readonly folder: string;
  /** Whether the tree is this task's own. False: nothing in it may change. */
  readonly isWritable: boolean;
  readonly taskId: string;
  /** Shows output while a call is under way; not journaled, bounded by whoever listens. */
  onOutput(text: string): void;
}

/**
 * One tool. `prepare` looks (it may read files) and says what would be touched; only what it returns can act, and
 * only after the permission gate has allowed exactly that access.
 */
export interface Tool<Input = unknown> {
  /** snake_case, as models expect. */
  readonly name: string;
  /** It changes no file and starts nothing there, so it may look at a folder that tasks share. */
  readonly onlyReads?: true;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  /** A fault in the input (no such file, text not found) is returned as an output with `isError`. */
  prepare(input: Input, context: ToolContext, signal: AbortSignal): Promise<PreparedCall | ToolOutput>;
}

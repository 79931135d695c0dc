import type * as ts from "typescript-parser";
import type { Severity } from "../../../protocol/finding.ts";
import type { Rule } from "../../rules/rule.ts";
import type { ValueJudge } from "./value-judge.ts";

/** What a sink may look at. */
export interface SinkContext {
  /** Made on first use: it reads the declarations of the whole file. */
  readonly judge: ValueJudge;
  /** Names of the variable, property and function around the place, innermost first. */
  readonly names: readonly string[];
  /** Whether the file's text matches at all: cheap, and asked before anything is looked up in `judge`. */
  mentions(pattern: RegExp): boolean;
  /** Source text of a node, without leading space. */
  textOf(node: ts.Node): string;
}

/** A place where a value does harm. */
export interface Risk {
  readonly rule: Rule;
  readonly node: ts.Node;
  readonly message: string;
  readonly severity?: Severity;
}

export type Sink<N extends ts.Node> = (node: N, context: SinkContext) => Risk | undefined;

/** How far to trust a risk whose value is from `outside` or merely `unknown`. */
export function severityOf(trust: string, whenUnknown: Severity): Severity {
  return trust === "outside" ? "error" : whenUnknown;
}

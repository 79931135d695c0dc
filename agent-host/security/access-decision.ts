import type { Risk } from "../protocol/decision-terms.ts";
import type { Assurance } from "../protocol/run.ts";
import type { Scope } from "../protocol/scope.ts";
import type { Access } from "../tools/tool.ts";

/** What an access is judged by. All of it is fixed before the call is seen. */
export interface AccessRules {
  readonly scope: Scope;
  /** Narrower than `scope.paths`: what the task itself may write. Globs. */
  readonly taskPaths: readonly string[];
  readonly controlPlane: readonly string[];
  readonly assurance: Assurance;
  /** Patterns a person allowed for this run or always. */
  readonly granted: readonly string[];
  /** Whether the task has read anything that others wrote: files, output, pages, results of such tasks. */
  readonly isTainted: boolean;
}

/** A refusal is a value. `rule` names what decided, in stable words (`scope.paths`, `command.unknown`, …). */
export type AccessDecision =
  | { readonly kind: "allow"; readonly rule: string; readonly reason: string }
  | { readonly kind: "deny"; readonly rule: string; readonly reason: string }
  | {
      readonly kind: "ask";
      readonly rule: string;
      readonly reason: string;
      readonly risk: Risk;
      /** No policy may grant it: control-plane files. */
      readonly needsPerson: boolean;
      /** The scope covers it, so the policy `auto` may grant it; what it does not cover that policy refuses. */
      readonly inScope: boolean;
      /** What "for this run" would cover, in the form of `granted`; null: only this call. */
      readonly pattern: string | null;
    };

/** Decides an access. Pure. */
export type DecideAccess = (access: Access, rules: AccessRules) => AccessDecision;

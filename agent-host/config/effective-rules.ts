import type { RulesSource } from "../protocol/decision-terms.ts";
import type { Rules } from "../protocol/rules.ts";
import type { RulesFault } from "./rules-file.ts";

/** A part of the rules that is not used, and why. */
export interface RulesRefusal extends RulesFault {
  readonly source: RulesSource;
  /** Name of the file or environment variable; no path of a person's machine. */
  readonly name: string;
  /** Whether the last good version of this part is used instead; false: nothing of it is. */
  readonly keepsLast: boolean;
}

/** One file or variable that the rules in force are made of. */
export interface RulesPart {
  readonly source: RulesSource;
  readonly name: string;
  /** SHA-256 of the file's bytes or the variable's value. */
  readonly sha256: string;
}

/** Valid rules of a workspace that wait for a person to approve exactly these bytes. */
export interface InertRules {
  /** Relative to the workspace. */
  readonly path: string;
  readonly sha256: string;
  readonly text: string;
}

/** The rules in force, and how they came about. Never changed: a reload makes a new one. */
export interface EffectiveRules {
  readonly rules: Rules;
  /** `digestOf` the rules: what a run is pinned to. */
  readonly checksum: string;
  /** Weakest first. */
  readonly parts: readonly RulesPart[];
  readonly inert: InertRules | null;
  readonly refusals: readonly RulesRefusal[];
}

/** What became of files that were looked at. */
export type RulesEvent =
  | { readonly kind: "loaded"; readonly source: RulesSource; readonly effective: EffectiveRules }
  | { readonly kind: "refused"; readonly refusal: RulesRefusal }
  /** Rules of the workspace wait for approval. */
  | { readonly kind: "inert"; readonly inert: InertRules };

import * as manifestRules from "../manifests/manifest-rules.ts";
import * as pythonRules from "../python/python-rules.ts";
import * as secretRules from "../secrets/secret-rules.ts";
import { unsafeRules } from "../typescript/unsafe/unsafe-rules.ts";
import { complexityRules } from "./complexity-rules.ts";
import { duplicationRules } from "./duplication-rules.ts";
import type { Rule } from "./rule.ts";
import { structureRules } from "./structure-rules.ts";

/** Every rule of the analysis, sorted by id: what SARIF and the documentation list. */
export const ruleCatalogue: readonly Rule[] = [
  ...structureRules,
  ...complexityRules,
  ...duplicationRules,
  ...unsafeRules,
  ...rulesIn(pythonRules),
  ...rulesIn(secretRules),
  ...rulesIn(manifestRules),
].sort((a, b) => (a.id < b.id ? -1 : 1));

/** The rules among the exports of a module. */
function rulesIn(module: Readonly<Record<string, unknown>>): Rule[] {
  return Object.values(module).filter(isRule);
}

function isRule(value: unknown): value is Rule {
  return typeof value === "object" && value !== null && "id" in value && "remedy" in value;
}

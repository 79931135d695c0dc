import type { Rules } from "../protocol/rules.ts";
import { checkRules } from "../rules/check-rules.ts";
import { tightens } from "../rules/tighten.ts";
import { layRules, type Parsed, type RulesDocument } from "./rules-file.ts";

/**
 * Lays a file over the rules below and checks what comes out: the schema, what no schema sees and, with
 * `onlyTightens`, that nothing is allowed that was not before.
 */
export function layPart(below: Rules | null, document: RulesDocument, onlyTightens: boolean): Parsed<Rules> {
  const laid = layRules(below, document);
  if (laid.kind === "refused") return laid;
  const breach = checkRules(laid.value);
  if (breach !== null) return { kind: "refused", fault: document.fault(breach.path, breach.reason) };
  const verdict = onlyTightens && below !== null ? tightens(below, laid.value) : { tightens: true as const };
  if (verdict.tightens) return laid;
  const reason = `rules of a workspace may only tighten: ${verdict.reason}`;
  return { kind: "refused", fault: document.fault(verdict.path.split("."), reason) };
}

/** A document for one value that no file holds. */
export function documentOfValue([area, name]: readonly [string, string], value: unknown): RulesDocument {
  return {
    values: { [area]: { [name]: value } },
    fault: (path, reason) => ({ line: null, column: null, path: path.join("."), reason }),
  };
}

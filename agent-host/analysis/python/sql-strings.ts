import type { SyntaxNode } from "@lezer/common";
import type { Severity } from "../../protocol/finding.ts";
import { type PythonSource, textOf } from "./python-tree.ts";
import type { PythonValues } from "./python-values.ts";

/** What is wrong with a statement given to `execute`: data inside its text. Undefined if nothing is. */
export function sqlProblem(
  source: PythonSource,
  values: PythonValues,
  statement: SyntaxNode,
): { severity: Severity; what: string } | undefined {
  const pieces = values.pieces(values.resolve(statement));
  const written = pieces.map((piece) => ("text" in piece ? piece.text : " ")).join("");
  if (!statementStart.test(written)) return undefined;
  let severity: Severity | undefined;
  let before = "";
  for (const piece of pieces) {
    if ("text" in piece) before += piece.text;
    else if (!isHarmless(source, values, piece.node)) {
      if (takesParameters.test(written) && valuePosition.test(before))
        return { severity: "error", what: "a value" };
      severity = "warning";
      before += "x";
    }
  }
  return severity === undefined ? undefined : { severity, what: "a name or fragment" };
}

const statementStart =
  /^\s*["'frbu]{0,4}\s*\(?(?:select\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s|delete\s+from\s|drop\s|alter\s|create\s|truncate\s|replace\s+into\s|with\s+\w+\s+as\b|merge\s+into\s|grant\s|exec\s|call\s)/i;
// Statements that define things take no parameters, so their values are often put in on purpose.
const takesParameters =
  /^\s*["'frbu]{0,4}\s*\(?(?:select|insert|update|delete|replace|with|merge|call|exec)\s/i;
// Quotes, a comparison or a VALUES list before the gap: the data stands where a value belongs.
const valuePosition =
  /(?:['"]%?|[=<>]\s*|\blike\s+|\blimit\s+|\boffset\s+|\bvalues\s*\([^)]*|\bin\s*\(\s*)$/i;

/** Numbers, placeholders, quoted names and constants by convention can't change the statement. */
function isHarmless(source: PythonSource, values: PythonValues, node: SyntaxNode): boolean {
  if (values.isConstant(node) || values.isConstant(values.resolve(node))) return true;
  const isHarmlessText = (text: string) => constantName.test(text) || harmlessText.test(text);
  return [node, values.resolve(node)].some((each) => isHarmlessText(textOf(source, each).slice(0, 200)));
}

const constantName = /^(?:[\w.]+\.)?_?[A-Z][A-Z0-9_]*$/;
const placeholders = /["'](?:\?|%s|,)/.source;
const harmlessText = new RegExp(
  `^(?:(?:int|len|float|bool|hash|id)\\(|["'][^"']*["']\\.join\\(\\[?\\s*${placeholders}|\\(?${placeholders})|quote|escape|ident(?:ifier)?\\b|sanitize|literal|placeholder|qmarks?\\b|param(?:s|style|_)`,
  "i",
);

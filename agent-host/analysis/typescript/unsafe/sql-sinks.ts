import * as ts from "typescript-parser";
import { isTextBuiltHere } from "./code-sinks.ts";
import { type Risk, type Sink, type SinkContext, severityOf } from "./sink.ts";
import { sqlText } from "./unsafe-rules.ts";
import { unwrapped } from "./value-judge.ts";

const statement =
  /^\s*(?:\(\s*)?(?:select\s.*\bfrom\b|select\s|insert\s+(?:ignore\s+)?into\b|update\s+\S+\s+set\b|update\s|delete\s+from\b|replace\s+into\b|with\s+\w+\s+as\b|merge\s+into\b|call\s+\w|exec(?:ute)?\s+\w|drop\s+(?:table|database|index|view)\b|alter\s+table\b|truncate\s|create\s+(?:table|index|view|user)\b|grant\s)/is;
/** `map.get(key)` is no query; what holds SQL is mostly called so. */
const sqlName = /sql|query|stmt|statement|^q$|cmd|command/i;
/** After these a value stands where a parameter could: quotes, comparisons, lists. */
const valuePlace =
  /(?:['"]%?|=|<|>|\b(?:like|in|values|between|and|limit|offset|then|else|set)\s*\(?|,)\s*$/i;
const quotedIdentifier =
  /(?:["`[]|\b(?:from|join|into|table|update|by|column|index|database|schema|view|constraint|as|on|only|exists|references)\s*["`[(]?|\.["`[]?)\s*$/i;

/** `query("SELECT … " + value)`: only where the value stands in the place of a value. */
export const sqlSink: Sink<ts.CallExpression> = (node, context) => {
  const text = node.arguments[0];
  if (text === undefined) return undefined;
  const built = builtText(text, context);
  if (built === undefined) return undefined;
  const parts = flatten(built);
  const first = parts[0];
  if (first === undefined || typeof first !== "string" || !statement.test(first)) return undefined;
  return riskiestHole(parts, context);
};

/** The template or concatenation behind the argument, through one variable. */
function builtText(node: ts.Expression, context: SinkContext): ts.Expression | undefined {
  const inner = unwrapped(node);
  if (inner === undefined) return undefined;
  if (isTextBuiltHere(inner)) return inner;
  if (!ts.isIdentifier(inner) || !sqlName.test(inner.text)) return undefined;
  const binding = context.judge.bindings.lookup(inner.text, inner.pos);
  const value = binding?.kind === "value" ? unwrapped(binding.values[0]) : undefined;
  return value !== undefined && isTextBuiltHere(value) ? value : undefined;
}

type Part = string | ts.Expression;

/** Fixed text and the values between, in order. */
function flatten(node: ts.Expression): Part[] {
  const inner = unwrapped(node) ?? node;
  if (ts.isStringLiteralLike(inner)) return [inner.text];
  if (ts.isTemplateExpression(inner)) {
    return [
      inner.head.text,
      ...inner.templateSpans.flatMap((span): Part[] => [span.expression, span.literal.text]),
    ];
  }
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return [...flatten(inner.left), ...flatten(inner.right)];
  }
  return [inner];
}

function riskiestHole(parts: readonly Part[], context: SinkContext): Risk | undefined {
  let before = "";
  let found: Risk | undefined;
  for (const part of parts) {
    if (typeof part === "string") {
      before += part;
      continue;
    }
    const { trust, from } = context.judge.judge(part);
    const isQuoted =
      /'%?\s*$/.test(before) || (/"\s*$/.test(before) && !quotedIdentifier.test(before.replace(/"\s*$/, "")));
    const asValue = isQuoted || (valuePlace.test(before) && !quotedIdentifier.test(before));
    if (trust === "outside") {
      return {
        rule: sqlText,
        node: part,
        message: `${context.textOf(from)} becomes part of the SQL text`,
        severity: "error",
      };
    }
    if (trust === "unknown" && asValue && found === undefined) {
      found = {
        rule: sqlText,
        node: part,
        message: `${context.textOf(from)} is put into the SQL text where a parameter could stand`,
        severity: severityOf(trust, isQuoted ? "warning" : "info"),
      };
    }
    before += "?";
  }
  return found;
}

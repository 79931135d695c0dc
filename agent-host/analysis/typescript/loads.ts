import * as ts from "typescript-parser";
import type { FactWalk } from "./fact-walk.ts";

export interface Loaded {
  readonly specifier: ts.StringLiteralLike;
  readonly isImport: boolean;
}

/** The specifier of `require("…")` or `import("…")`, also behind `await`. */
export function loadedBy(node: ts.Expression): Loaded | undefined {
  const call = ts.isAwaitExpression(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  const isImport = call.expression.kind === ts.SyntaxKind.ImportKeyword;
  if (!isImport && !(ts.isIdentifier(call.expression) && call.expression.text === "require"))
    return undefined;
  const argument = call.arguments[0];
  return argument !== undefined && ts.isStringLiteralLike(argument)
    ? { specifier: argument, isImport }
    : undefined;
}

export function load(walk: FactWalk, { specifier, isImport }: Loaded, names: readonly string[]): void {
  walk.modules.loaded(specifier, {
    names,
    deferred: isImport || walk.functionDepth > 0,
    optional: walk.tryDepth > 0,
    typeOnly: false,
  });
}

export function namesTaken(pattern: ts.ObjectBindingPattern): string[] {
  return pattern.elements.map((element) => {
    const name = element.propertyName ?? element.name;
    return element.dotDotDotToken === undefined && ts.isIdentifier(name) ? name.text : "*";
  });
}

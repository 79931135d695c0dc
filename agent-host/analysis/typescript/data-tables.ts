import * as ts from "typescript-parser";

const kinds = ts.SyntaxKind;
const minTableEntries = 4;

/** A literal of literals: its repetition is data, not copied logic. */
export function isDataTable(node: ts.Node): boolean {
  const entries = ts.isArrayLiteralExpression(node)
    ? node.elements
    : ts.isObjectLiteralExpression(node)
      ? node.properties
      : undefined;
  return entries !== undefined && entries.length >= minTableEntries && entries.every(isData);
}

function isData(node: ts.Node): boolean {
  if (ts.isPropertyAssignment(node)) return isData(node.initializer);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isData);
  if (ts.isObjectLiteralExpression(node)) return node.properties.every(isData);
  if (ts.isPropertyAccessExpression(node) || ts.isPrefixUnaryExpression(node)) return true;
  return ts.isIdentifier(node) || ts.isLiteralExpression(node) || ts.isShorthandPropertyAssignment(node)
    ? true
    : node.kind === kinds.TrueKeyword || node.kind === kinds.FalseKeyword || node.kind === kinds.NullKeyword;
}

import * as ts from "typescript-parser";
import { scriptKind } from "../typescript/script-kind.ts";
import type { QueriedFile, ReferenceKind } from "./query.ts";
import type { NamePlace } from "./references-in.ts";

/** Where an identifier stands in a TypeScript or JavaScript file. @throws RangeError where it is nested too deeply. */
export function typescriptReferences({ path, text }: QueriedFile, name: string): NamePlace[] {
  const options = {
    languageVersion: ts.ScriptTarget.Latest,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  };
  const source = ts.createSourceFile(path, text, options, false, scriptKind(path));
  const places: NamePlace[] = [];
  const offsets = offsetsOf(text, name);
  // No recursion: its depth is the file's.
  const pending: [ts.Node, ts.Node][] = [[source, source]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next;
    if (isNamed(node, name)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source, false));
      places.push({ line: line + 1, kind: kindOf(node, parent) });
    }
    // Only where the name stands inside is it worth looking.
    if (!hasBetween(offsets, node.pos, node.end)) continue;
    ts.forEachChild(node, (child) => {
      pending.push([child, node]);
    });
  }
  return places;
}

function offsetsOf(text: string, name: string): number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) offsets.push(at);
  return offsets;
}

/** Whether one of the offsets, which ascend, lies in `[from, to)`. */
function hasBetween(offsets: readonly number[], from: number, to: number): boolean {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return (offsets[low] ?? to) < to;
}

function isNamed(node: ts.Node, name: string): boolean {
  if (!ts.isIdentifier(node) && !ts.isPrivateIdentifier(node)) return false;
  return node.text === name || (ts.isPrivateIdentifier(node) && node.text === `#${name}`);
}

const defining: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.VariableDeclaration,
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.FunctionExpression,
  ts.SyntaxKind.ClassDeclaration,
  ts.SyntaxKind.ClassExpression,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.EnumDeclaration,
  ts.SyntaxKind.EnumMember,
  ts.SyntaxKind.ModuleDeclaration,
  ts.SyntaxKind.MethodDeclaration,
  ts.SyntaxKind.MethodSignature,
  ts.SyntaxKind.PropertyDeclaration,
  ts.SyntaxKind.PropertySignature,
  ts.SyntaxKind.GetAccessor,
  ts.SyntaxKind.SetAccessor,
  ts.SyntaxKind.Parameter,
  ts.SyntaxKind.TypeParameter,
  ts.SyntaxKind.BindingElement,
]);

const importing: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ImportSpecifier,
  ts.SyntaxKind.ImportClause,
  ts.SyntaxKind.NamespaceImport,
  ts.SyntaxKind.ImportEqualsDeclaration,
]);

function kindOf(node: ts.Node, parent: ts.Node): ReferenceKind {
  if (importing.has(parent.kind)) return "import";
  const isName = (parent as ts.Node & { readonly name?: ts.Node }).name === node;
  return isName && defining.has(parent.kind) ? "definition" : "use";
}

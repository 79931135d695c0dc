import ts from "typescript-parser";

/** One import or re-export. `kind: "type"` vanishes at run time; `"value"` and `"dynamic"` load code. */
export interface ImportFact {
  specifier: string;
  kind: "type" | "value" | "dynamic";
  line: number;
}

/** What the rules need to know about one source file. `path` is repository-relative with `/`. */
export interface SourceFacts {
  path: string;
  lines: number;
  imports: ImportFact[];
  defaultExports: number[];
  /** Lines that throw a nameless error of JavaScript's own (`Error`, `TypeError`, …). */
  namelessThrows: number[];
}

export function readSourceFacts(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const facts: SourceFacts = {
    path,
    lines: text.replace(/\n$/, "").split("\n").length,
    imports: [],
    defaultExports: [],
    namelessThrows: [],
  };
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const visit = (node: ts.Node): void => {
    const imported = importIn(node);
    if (imported !== null) facts.imports.push({ ...imported, line: lineOf(node) });
    if (isDefaultExport(node)) facts.defaultExports.push(lineOf(node));
    if (isNamelessThrow(node)) facts.namelessThrows.push(lineOf(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return facts;
}

function importIn(node: ts.Node): Omit<ImportFact, "line"> | null {
  if (ts.isImportDeclaration(node)) {
    const isType = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    return withText(node.moduleSpecifier, isType ? "type" : "value");
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return withText(node.moduleSpecifier, node.isTypeOnly ? "type" : "value");
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return withText(node.argument.literal, "type");
  }
  if (ts.isExternalModuleReference(node)) return withText(node.expression, "value");
  if (!ts.isCallExpression(node)) return null;
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return withText(node.arguments[0], "dynamic");
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
  return isRequire ? withText(node.arguments[0], "value") : null;
}

function withText(node: ts.Node | undefined, kind: ImportFact["kind"]): Omit<ImportFact, "line"> {
  // A computed specifier can hide anything, so it is reported as a package nobody may use.
  const specifier = node !== undefined && ts.isStringLiteralLike(node) ? node.text : "<computed>";
  return { specifier, kind };
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
}

const namelessErrors = new Set(["Error", "TypeError", "RangeError", "SyntaxError", "AggregateError"]);

function isNamelessThrow(node: ts.Node): boolean {
  if (!ts.isThrowStatement(node)) return false;
  const thrown = node.expression;
  const isCall = ts.isNewExpression(thrown) || ts.isCallExpression(thrown);
  return isCall && ts.isIdentifier(thrown.expression) && namelessErrors.has(thrown.expression.text);
}

import * as ts from "typescript-parser";
import { isDataTable } from "./data-tables.ts";
import type { FactWalk } from "./fact-walk.ts";
import { load, loadedBy, namesTaken } from "./loads.ts";

const kinds = ts.SyntaxKind;

type Handler = (walk: FactWalk, node: ts.Node) => void;
/** What a walk does at each kind of node; nodes without an entry only lead to their children. One look-up per node. */
export const handlers: (Handler | undefined)[] = [];

function on<N extends ts.Node>(
  which: readonly ts.SyntaxKind[],
  handler: (walk: FactWalk, node: N) => void,
): void {
  for (const kind of which) handlers[kind] = handler as Handler;
}

on<ts.ImportDeclaration>([kinds.ImportDeclaration], (walk, node) => {
  walk.tokens.border();
  walk.modules.importDeclaration(node);
});
on<ts.ImportEqualsDeclaration>([kinds.ImportEqualsDeclaration], (walk, node) => {
  walk.tokens.border();
  walk.modules.importEquals(node);
});
on<ts.ExportDeclaration>([kinds.ExportDeclaration], (walk, node) => {
  walk.tokens.border();
  walk.modules.exportDeclaration(node);
});
on([kinds.InterfaceDeclaration, kinds.TypeAliasDeclaration], (walk, node: ts.InterfaceDeclaration) => {
  walk.tokens.border();
  ts.forEachChild(node, (child) => {
    if (child !== node.name) walk.visitType(child);
  });
});
on<ts.EnumDeclaration>([kinds.EnumDeclaration], (walk, node) => {
  walk.tokens.border();
  walk.tokens.pause();
  for (const member of node.members) if (member.initializer !== undefined) walk.visit(member.initializer);
  walk.tokens.resume();
});
on<ts.ModuleDeclaration>([kinds.ModuleDeclaration], (walk, node) => {
  walk.tokens.border();
  if (node.flags & ts.NodeFlags.GlobalAugmentation || ts.isStringLiteral(node.name)) walk.addTrait("ambient");
  if (node.body !== undefined) walk.visit(node.body);
});
on([kinds.TypeParameter], (walk, node) => ts.forEachChild(node, walk.visitType));
on<ts.HeritageClause>([kinds.HeritageClause], (walk, node) => {
  if (node.token === kinds.ImplementsKeyword) ts.forEachChild(node, walk.visitType);
  else walk.children(node);
});
on<ts.ExpressionWithTypeArguments>([kinds.ExpressionWithTypeArguments], (walk, node) => walk.children(node));
on([kinds.ClassDeclaration, kinds.ClassExpression], (walk, node: ts.ClassLikeDeclaration) =>
  walk.classLike(node),
);
on(
  [
    kinds.FunctionDeclaration,
    kinds.FunctionExpression,
    kinds.ArrowFunction,
    kinds.MethodDeclaration,
    kinds.Constructor,
    kinds.GetAccessor,
    kinds.SetAccessor,
  ],
  (walk, node: ts.FunctionLikeDeclaration) => {
    // An overload or an abstract method has nothing to measure.
    if ("body" in node && node.body !== undefined) walk.functionLike(node);
    else ts.forEachChild(node, (child) => (child === node.name ? undefined : walk.visitType(child)));
  },
);
on<ts.PropertyDeclaration>([kinds.PropertyDeclaration], (walk, node) => {
  walk.tokens.node(node.kind);
  ts.forEachChild(node, (child) => {
    if (child === node.name) walk.nameOnly(child);
    else if (child !== node.initializer) walk.visit(child);
  });
  const isStatic = node.modifiers?.some((modifier) => modifier.kind === kinds.StaticKeyword) === true;
  if (!isStatic) walk.functionDepth += 1;
  walk.named(node.name, node.initializer);
  if (!isStatic) walk.functionDepth -= 1;
});
on<ts.VariableDeclaration>([kinds.VariableDeclaration], (walk, node) => {
  walk.tokens.node(node.kind);
  walk.nameOnly(node.name);
  if (node.type !== undefined) walk.visitType(node.type);
  const loaded = node.initializer === undefined ? undefined : loadedBy(node.initializer);
  if (loaded !== undefined && ts.isObjectBindingPattern(node.name)) {
    load(walk, loaded, namesTaken(node.name));
  } else {
    walk.named(node.name, node.initializer);
  }
});
on<ts.BindingElement>([kinds.BindingElement], (walk, node) => {
  walk.tokens.node(node.kind);
  if (node.propertyName !== undefined) walk.nameOnly(node.propertyName);
  walk.nameOnly(node.name);
  if (node.initializer !== undefined) walk.visit(node.initializer);
});
on<ts.ParameterDeclaration>([kinds.Parameter], (walk, node) => {
  walk.tokens.node(node.kind);
  ts.forEachChild(node, (child) => (child === node.name ? walk.nameOnly(child) : walk.visit(child)));
});
on<ts.PropertyAssignment>([kinds.PropertyAssignment], (walk, node) => {
  walk.unsafe.property(node, noNames);
  if (ts.isIdentifier(node.name)) walk.references.addKey(node.name.text);
  walk.tokens.node(node.kind);
  walk.nameOnly(node.name);
  walk.named(node.name, node.initializer);
});
on<ts.PropertyAccessExpression>([kinds.PropertyAccessExpression], (walk, node) => {
  walk.tokens.node(node.kind);
  walk.visit(node.expression);
  walk.nameOnly(node.name);
});
on<ts.JsxAttribute>([kinds.JsxAttribute], (walk, node) => {
  walk.unsafe.attribute(node, noNames);
  walk.tokens.node(node.kind);
  walk.nameOnly(node.name);
  if (node.initializer !== undefined) walk.visit(node.initializer);
});
on([kinds.LabeledStatement], (walk, node: ts.LabeledStatement) => walk.visit(node.statement));
on([kinds.BreakStatement, kinds.ContinueStatement], (walk, node) => walk.tokens.node(node.kind));

on<ts.IfStatement>([kinds.IfStatement], ifStatement);
function ifStatement(walk: FactWalk, node: ts.IfStatement): void {
  walk.tokens.node(node.kind);
  walk.functions.branch();
  walk.visit(node.expression);
  walk.functions.nest();
  walk.visit(node.thenStatement);
  walk.functions.unnest();
  if (node.elseStatement === undefined) return;
  // `else if` is one ladder, not deeper nesting.
  if (ts.isIfStatement(node.elseStatement)) {
    ifStatement(walk, node.elseStatement);
    return;
  }
  walk.functions.nest();
  walk.visit(node.elseStatement);
  walk.functions.unnest();
}
on(
  [kinds.ForStatement, kinds.ForInStatement, kinds.ForOfStatement, kinds.WhileStatement, kinds.DoStatement],
  (walk, node) => {
    walk.functions.branch();
    walk.functions.nest();
    walk.children(node);
    walk.functions.unnest();
  },
);
on([kinds.SwitchStatement], (walk, node) => {
  walk.functions.nest();
  walk.children(node);
  walk.functions.unnest();
});
on<ts.CaseClause>([kinds.CaseClause], (walk, node) => {
  if (node.statements.every(isFlat)) walk.functions.flatCase();
  else walk.functions.branch();
  walk.children(node);
});
on([kinds.CatchClause], (walk, node) => {
  walk.functions.branch();
  walk.functions.nest();
  walk.children(node);
  walk.functions.unnest();
});
on([kinds.ConditionalExpression], (walk, node) => {
  walk.functions.branch();
  walk.children(node);
});
on<ts.TryStatement>([kinds.TryStatement], (walk, node) => {
  walk.tokens.node(node.kind);
  walk.tryDepth += 1;
  walk.visit(node.tryBlock);
  walk.tryDepth -= 1;
  if (node.catchClause !== undefined) walk.visit(node.catchClause);
  if (node.finallyBlock !== undefined) walk.visit(node.finallyBlock);
});
on<ts.BinaryExpression>([kinds.BinaryExpression], (walk, node) => {
  const operator = node.operatorToken.kind;
  if (branchingOperators.has(operator)) walk.functions.branch();
  walk.tokens.node(node.kind);
  walk.tokens.node(operator);
  if (operator === kinds.EqualsToken || operator === kinds.PlusEqualsToken)
    walk.unsafe.assignment(node, noNames);
  if (operator === kinds.EqualsToken) {
    if (isCommonJsExport(node.left)) walk.addTrait("commonjs");
    walk.visit(node.left);
    walk.named(node.left, node.right);
    return;
  }
  walk.visit(node.left);
  walk.visit(node.right);
});
on<ts.CallExpression>([kinds.CallExpression], (walk, node) => {
  const loaded = loadedBy(node);
  if (loaded !== undefined) {
    load(walk, loaded, ["*"]);
    return;
  }
  walk.unsafe.call(node, walk.names());
  walk.children(node);
});
on<ts.NewExpression>([kinds.NewExpression], (walk, node) => {
  walk.unsafe.construct(node, noNames);
  walk.children(node);
});
on([kinds.StringLiteral, kinds.NoSubstitutionTemplateLiteral], (walk, node: ts.StringLiteral) => {
  walk.tokens.leaf(kinds.StringLiteral, walk.line(node.end));
  walk.references.add(node.text);
});
on<ts.TemplateExpression>([kinds.TemplateExpression], (walk, node) => {
  walk.references.addTemplate(node);
  walk.children(node);
});
on(
  [
    kinds.NumericLiteral,
    kinds.BigIntLiteral,
    kinds.RegularExpressionLiteral,
    kinds.TrueKeyword,
    kinds.FalseKeyword,
    kinds.NullKeyword,
    kinds.ThisKeyword,
    kinds.SuperKeyword,
  ],
  (walk, node) => walk.tokens.leaf(node.kind, walk.line(node.end)),
);
on([kinds.ObjectLiteralExpression, kinds.ArrayLiteralExpression], (walk, node) => {
  if (!isDataTable(node)) {
    walk.children(node);
    return;
  }
  walk.tokens.border();
  walk.tokens.pause();
  walk.children(node);
  walk.tokens.resume();
});

const noNames: readonly string[] = [];

const branchingOperators: ReadonlySet<ts.SyntaxKind> = new Set([
  kinds.AmpersandAmpersandToken,
  kinds.BarBarToken,
  kinds.QuestionQuestionToken,
  kinds.AmpersandAmpersandEqualsToken,
  kinds.BarBarEqualsToken,
  kinds.QuestionQuestionEqualsToken,
]);

function isCommonJsExport(target: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(target)) return false;
  const { expression, name } = target;
  if (ts.isIdentifier(expression)) {
    return expression.text === "exports" || (expression.text === "module" && name.text === "exports");
  }
  return isCommonJsExport(expression);
}

/** A clause that only returns, assigns or calls: no branch of its own. */
function isFlat(statement: ts.Statement): boolean {
  if (ts.isBlock(statement)) return statement.statements.length <= 3 && statement.statements.every(isFlat);
  return (
    ts.isReturnStatement(statement) ||
    ts.isExpressionStatement(statement) ||
    ts.isBreakStatement(statement) ||
    ts.isThrowStatement(statement)
  );
}

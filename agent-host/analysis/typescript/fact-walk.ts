import ts from "typescript-parser";
import type { FileFacts, FileTrait, SourceFile } from "../file-facts.ts";
import type { FileRole } from "../files/classify.ts";
import { FunctionFrames } from "./function-frames.ts";
import { ModuleFacts } from "./module-facts.ts";
import { Positions } from "./positions.ts";
import { References } from "./references.ts";
import { TokenStream } from "./token-stream.ts";
import { UnsafeSearch } from "./unsafe/unsafe-search.ts";

const kinds = ts.SyntaxKind;
const firstType: number = kinds.FirstTypeNode;
const lastType: number = kinds.LastTypeNode;
const identifier: number = kinds.Identifier;

/** One pass over one syntax tree that feeds every collector; afterwards the tree can be dropped. */
export class FactWalk {
  readonly modules: ModuleFacts;
  readonly functions: FunctionFrames;
  readonly tokens = new TokenStream();
  readonly references: References;
  readonly unsafe: UnsafeSearch;
  readonly positions: Positions;
  readonly source: ts.SourceFile;
  readonly file: SourceFile;
  private readonly traits = new Set<FileTrait>();
  /** 0 while code runs that is executed by loading the file. */
  functionDepth = 0;
  tryDepth = 0;
  private className = "";
  /** Name for the next function, when it is the value of something that has one. */
  private functionName: string | undefined;

  /** What the value being visited will be called. */
  private target = "";

  constructor(source: ts.SourceFile, file: SourceFile, role: FileRole) {
    this.source = source;
    this.file = file;
    this.positions = new Positions(source.text, source.getLineStarts());
    const elidesTypeImports = /\.[mc]?tsx?$/.test(file.path);
    this.modules = new ModuleFacts(source, this.positions, elidesTypeImports);
    this.functions = new FunctionFrames(this.positions);
    this.references = new References(role === "config");
    this.unsafe = new UnsafeSearch(source, role);
  }

  run(): Omit<FileFacts, "parseProblem"> {
    for (const statement of this.source.statements) this.visit(statement);
    const imports = this.modules.importFacts();
    for (const { fileName, pos, end } of this.source.referencedFiles) {
      const range = this.positions.range(pos, end);
      const specifier = /^\.{1,2}\//.test(fileName) ? fileName : `./${fileName}`;
      imports.push({
        specifier,
        range,
        typeOnly: true,
        deferred: false,
        optional: true,
        names: ["*"],
        reExport: false,
      });
    }
    if (this.source.text.startsWith("#!")) this.traits.add("executable");
    if (this.modules.hasDecoratedExport) this.traits.add("decorated");
    if (this.file.path.endsWith(".d.ts") && !ts.isExternalModule(this.source)) this.traits.add("ambient");
    const lines = this.source.getLineStarts().length;
    return {
      path: this.file.path,
      language: this.file.language,
      lines,
      bytes: this.file.bytes,
      imports,
      exports: this.traits.has("commonjs") ? [] : this.modules.exportFacts(),
      functions: this.functions.facts,
      findings: this.unsafe.findings(this.file.path, this.positions),
      duplicateTokens: this.tokens.finish(lines),
      traits: [...this.traits],
      ...this.references.facts(),
    };
  }

  readonly visit = (node: ts.Node): void => {
    const kind: number = node.kind;
    if (kind === identifier) {
      this.identifier(node as ts.Identifier);
    } else if (kind >= firstType && kind <= lastType) {
      this.visitType(node);
    } else {
      const handler = handlers[kind];
      if (handler !== undefined) {
        handler(this, node);
      } else {
        this.tokens.node(kind);
        ts.forEachChild(node, this.visit);
      }
    }
  };

  readonly visitType = (node: ts.Node): void => {
    if (node.kind === identifier) {
      this.modules.typeUse((node as ts.Identifier).escapedText as string);
    } else if (node.kind === kinds.ImportType) {
      this.importType(node as ts.ImportTypeNode);
    } else {
      ts.forEachChild(node, this.visitType);
    }
  };

  addTrait(trait: FileTrait): void {
    this.traits.add(trait);
  }

  children(node: ts.Node): void {
    this.tokens.node(node.kind);
    ts.forEachChild(node, this.visit);
  }

  line(offset: number): number {
    return this.positions.lineIndex(offset) + 1;
  }

  /** A name where something is declared or a member is named: never a use of an import. */
  nameOnly(node: ts.Node): void {
    if (node.kind === kinds.Identifier || node.kind === kinds.PrivateIdentifier) {
      this.tokens.name((node as ts.Identifier).escapedText as string, this.line(node.end));
    } else {
      this.visit(node);
    }
  }

  /** Visits `value`; should it be a function, it is called `name`. */
  named(name: ts.Node, value: ts.Node | undefined): void {
    if (value === undefined) return;
    const inner = unwrapped(value);
    if (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) {
      this.functionName = this.textOf(name);
    }
    const outer = this.target;
    this.target = ts.isPropertyAccessExpression(name) ? name.name.text : this.textOf(name);
    this.visit(value);
    this.target = outer;
  }

  /** Names around the current place, innermost first. */
  names(): string[] {
    return [this.target, this.functions.currentName()];
  }

  textOf(node: ts.Node): string {
    return ts.isIdentifier(node) || ts.isPrivateIdentifier(node)
      ? node.text
      : clip(node.getText(this.source));
  }

  classLike(node: ts.ClassLikeDeclaration): void {
    const outer = this.className;
    this.className = node.name?.text ?? this.functionName ?? "";
    this.functionName = undefined;
    this.tokens.node(node.kind);
    ts.forEachChild(node, (child) => (child === node.name ? this.nameOnly(child) : this.visit(child)));
    this.className = outer;
  }

  functionLike(node: ts.FunctionLikeDeclaration): void {
    const given = this.functionName;
    this.functionName = undefined;
    const outerTarget = this.target;
    this.target = "";
    this.tokens.node(node.kind);
    this.functions.enter(this.nameOf(node, given), node, (node.name ?? node).getStart(this.source));
    this.functionDepth += 1;
    ts.forEachChild(node, (child) => {
      if (child === node.name) this.nameOnly(child);
      else if (child.kind === kinds.Decorator) this.outside(child);
      else this.visit(child);
    });
    this.functionDepth -= 1;
    this.functions.leave();
    this.target = outerTarget;
  }

  private identifier(node: ts.Identifier): void {
    const name = node.escapedText as string;
    this.tokens.name(name, this.line(node.end));
    this.modules.valueUse(name, this.functionDepth === 0);
  }

  /** Decorators of a method run while its class is defined. */
  private outside(node: ts.Node): void {
    this.functionDepth -= 1;
    this.visit(node);
    this.functionDepth += 1;
  }

  private nameOf(node: ts.FunctionLikeDeclaration, given: string | undefined): string {
    const own = node.name === undefined ? undefined : this.textOf(node.name);
    if (ts.isConstructorDeclaration(node)) return `${this.className || "class"}.constructor`;
    const isMember = ts.isMethodDeclaration(node) || ts.isAccessor(node);
    if (isMember && this.className !== "") return `${this.className}.${own ?? "method"}`;
    const outer = this.functions.currentName();
    return (
      own ??
      given ??
      (outer === "" ? "anonymous function" : `function in ${outer.replace(/^function in /, "")}`)
    );
  }

  private importType(node: ts.ImportTypeNode): void {
    if (ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      const names = node.qualifier === undefined ? ["*"] : [this.textOf(node.qualifier).split(".")[0] ?? "*"];
      this.modules.loaded(node.argument.literal, { names, deferred: true, optional: false, typeOnly: true });
    }
    node.typeArguments?.forEach(this.visitType);
  }
}

/** What is inside parentheses, casts and `satisfies`. */
function unwrapped(node: ts.Node): ts.Node {
  let inner = node;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isSatisfiesExpression(inner) ||
    ts.isNonNullExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}

function clip(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

type Handler = (walk: FactWalk, node: ts.Node) => void;
const handlers: (Handler | undefined)[] = [];

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

interface Loaded {
  readonly specifier: ts.StringLiteralLike;
  readonly isImport: boolean;
}

/** The specifier of `require("…")` or `import("…")`, also behind `await`. */
function loadedBy(node: ts.Expression): Loaded | undefined {
  const call = ts.isAwaitExpression(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  const isImport = call.expression.kind === kinds.ImportKeyword;
  if (!isImport && !(ts.isIdentifier(call.expression) && call.expression.text === "require"))
    return undefined;
  const argument = call.arguments[0];
  return argument !== undefined && ts.isStringLiteralLike(argument)
    ? { specifier: argument, isImport }
    : undefined;
}

function load(walk: FactWalk, { specifier, isImport }: Loaded, names: readonly string[]): void {
  walk.modules.loaded(specifier, {
    names,
    deferred: isImport || walk.functionDepth > 0,
    optional: walk.tryDepth > 0,
    typeOnly: false,
  });
}

function namesTaken(pattern: ts.ObjectBindingPattern): string[] {
  return pattern.elements.map((element) => {
    const name = element.propertyName ?? element.name;
    return element.dotDotDotToken === undefined && ts.isIdentifier(name) ? name.text : "*";
  });
}

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

const minTableEntries = 4;

/** A literal of literals: its repetition is data, not copied logic. */
function isDataTable(node: ts.Node): boolean {
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

import * as ts from "typescript-parser";
import type { FileFacts, FileTrait, SourceFile } from "../file-facts.ts";
import type { FileRole } from "../files/file-role.ts";
import { FunctionFrames } from "./function-frames.ts";
import { ModuleFacts } from "./module-facts.ts";
import { handlers } from "./node-handlers.ts";
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
  private readonly argumentNames = new Map<ts.Node, string>();

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
    if (ts.isCallExpression(inner)) this.nameArgument(inner, name);
    const outer = this.target;
    this.target = ts.isPropertyAccessExpression(name) ? name.name.text : this.textOf(name);
    this.visit(value);
    this.target = outer;
  }

  /** In `const f = memo(() => …)` the function is known as f. */
  nameArgument(call: ts.CallExpression, name: ts.Node): void {
    const functions = call.arguments.filter(
      (argument) => ts.isArrowFunction(argument) || ts.isFunctionExpression(argument),
    );
    const [only] = functions;
    if (only !== undefined && functions.length === 1) this.argumentNames.set(only, this.textOf(name));
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
    const given = this.functionName ?? this.argumentNames.get(node);
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

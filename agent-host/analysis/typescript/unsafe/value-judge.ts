import * as ts from "typescript-parser";
import { type Binding, Bindings, lastName } from "./bindings.ts";
import { isOutside } from "./outside-values.ts";

/**
 * How far a value can be trusted: `constant` is fixed by the source · `safe` is escaped, numeric or from the operator ·
 * `unknown` comes from elsewhere in the program · `outside` comes from a request, the address bar or a message.
 */
export type Trust = "constant" | "safe" | "unknown" | "outside";

export interface Judgement {
  readonly trust: Trust;
  /** The part of the expression that decided. */
  readonly from: ts.Expression;
}

const order: Readonly<Record<Trust, number>> = { constant: 0, safe: 1, unknown: 2, outside: 3 };
const maxDepth = 12;

/** Judges expressions by looking at the file's own declarations: constants folded, simple flow followed. */
export class ValueJudge {
  readonly bindings: Bindings;
  private readonly source: ts.SourceFile;
  private readonly open = new Set<ts.Node>();

  constructor(source: ts.SourceFile) {
    this.source = source;
    this.bindings = new Bindings(source);
  }

  judge(node: ts.Expression, depth = 0): Judgement {
    // A variable built from itself (`sql += …`) adds nothing new the second time.
    if (this.open.has(node)) return { trust: "constant", from: node };
    if (depth > maxDepth) return { trust: "unknown", from: node };
    this.open.add(node);
    try {
      return this.judgeFresh(node, depth + 1);
    } finally {
      this.open.delete(node);
    }
  }

  isSafe(node: ts.Expression): boolean {
    return order[this.judge(node).trust] <= order.safe;
  }

  private judgeFresh(node: ts.Expression, depth: number): Judgement {
    if (isConstantKind(node)) return { trust: "constant", from: node };
    if (ts.isIdentifier(node)) return this.judgeName(node, depth);
    if (isWrapper(node)) return this.judge(node.expression, depth);
    if (ts.isTemplateExpression(node))
      return this.worst(
        node,
        node.templateSpans.map((span) => span.expression),
        depth,
      );
    if (ts.isBinaryExpression(node)) return this.judgeBinary(node, depth);
    if (ts.isConditionalExpression(node)) return this.worst(node, [node.whenTrue, node.whenFalse], depth);
    if (ts.isCallExpression(node)) return this.judgeCall(node, depth);
    if (ts.isPropertyAccessExpression(node)) return this.judgeMember(node, depth);
    if (ts.isElementAccessExpression(node)) return this.judgeElement(node, depth);
    if (ts.isArrayLiteralExpression(node)) return this.worst(node, node.elements.map(spread), depth);
    if (ts.isObjectLiteralExpression(node)) return this.judgeObject(node, depth);
    if (ts.isNewExpression(node)) return this.worst(node, [...(node.arguments ?? [])].map(spread), depth);
    if (
      ts.isPrefixUnaryExpression(node) ||
      ts.isTypeOfExpression(node) ||
      ts.isPostfixUnaryExpression(node)
    ) {
      return { trust: "constant", from: node };
    }
    return { trust: "unknown", from: node };
  }

  private judgeName(node: ts.Identifier, depth: number): Judgement {
    if (constantNames.has(node.text)) return { trust: "constant", from: node };
    const binding = this.bindings.lookup(node.text, node.pos);
    if (binding === undefined) return { trust: isConstantLike(node.text) ? "safe" : "unknown", from: node };
    return this.judgeBinding(node, binding, depth);
  }

  private judgeBinding(node: ts.Identifier, binding: Binding, depth: number): Judgement {
    if (cleanName.test(node.text) || counterName.test(node.text)) return { trust: "safe", from: node };
    switch (binding.kind) {
      case "value":
        if (binding.values.length === 0) return { trust: "unknown", from: node };
        return this.worst(node, binding.values, depth);
      case "part": {
        const whole = binding.of === undefined ? undefined : this.judge(binding.of, depth);
        return { trust: whole?.trust ?? "unknown", from: whole?.trust === "outside" ? whole.from : node };
      }
      case "element":
        return this.judge(binding.of, depth);
      case "parameter":
        return { trust: parameterTrust(binding.node), from: node };
      case "import":
        return { trust: importTrust(binding.module, node.text), from: node };
      case "function":
        return { trust: "unknown", from: node };
      case "enum":
        return { trust: "constant", from: node };
    }
  }

  private judgeBinary(node: ts.BinaryExpression, depth: number): Judgement {
    const operator = node.operatorToken.kind;
    if (combining.has(operator)) return this.worst(node, [node.left, node.right], depth);
    return operator === ts.SyntaxKind.CommaToken
      ? this.judge(node.right, depth)
      : { trust: "constant", from: node };
  }

  private judgeObject(node: ts.ObjectLiteralExpression, depth: number): Judgement {
    const values = node.properties.map((property) => {
      if (ts.isPropertyAssignment(property)) return property.initializer;
      if (ts.isShorthandPropertyAssignment(property)) return property.name;
      return ts.isSpreadAssignment(property) ? property.expression : undefined;
    });
    return this.worst(
      node,
      values.filter((value) => value !== undefined),
      depth,
    );
  }

  private judgeMember(node: ts.PropertyAccessExpression, depth: number): Judgement {
    if (node.name.text === "length" || node.name.text === "size") return { trust: "constant", from: node };
    if (isOutside(node, this.source)) return { trust: "outside", from: node };
    if (trustedMember.test(this.textOf(node))) return { trust: "safe", from: node };
    if (cleanName.test(node.name.text) || isConstantLike(node.name.text))
      return { trust: "safe", from: node };
    const value = this.propertyOf(node.expression, node.name.text);
    if (value !== undefined) return this.judge(value, depth);
    const owner = this.judge(node.expression, depth);
    if (owner.trust === "outside" || owner.trust === "constant") return owner;
    // Capitalised owners are enums and classes; their members are rarely data.
    if (ts.isIdentifier(node.expression) && /^[A-Z]/.test(node.expression.text))
      return { trust: "safe", from: node };
    return { trust: "unknown", from: node };
  }

  /** `member` of a constant object literal of this file. */
  private propertyOf(owner: ts.Expression, member: string): ts.Expression | undefined {
    if (!ts.isIdentifier(owner)) return undefined;
    const binding = this.bindings.lookup(owner.text, owner.pos);
    const value =
      binding?.kind === "value" && binding.values.length === 1 ? unwrapped(binding.values[0]) : undefined;
    if (value === undefined || !ts.isObjectLiteralExpression(value)) return undefined;
    for (const property of value.properties) {
      if (ts.isPropertyAssignment(property) && lastName(property.name as ts.Expression) === member) {
        return property.initializer;
      }
    }
    return undefined;
  }

  private judgeElement(node: ts.ElementAccessExpression, depth: number): Judgement {
    if (isOutside(node, this.source)) return { trust: "outside", from: node };
    const owner = this.judge(node.expression, depth);
    return owner.trust === "unknown" ? { trust: "unknown", from: node } : owner;
  }

  private judgeCall(node: ts.CallExpression, depth: number): Judgement {
    const name = lastName(node.expression) ?? "";
    if (isOutside(node, this.source)) return { trust: "outside", from: node };
    if (harmlessCall.test(name) || cleaningCall.test(name)) return { trust: "safe", from: node };
    if (ts.isPropertyAccessExpression(node.expression)) {
      const receiver = node.expression.expression;
      if (/^(?:Math|Date|performance|crypto|Number)$/.test(lastName(receiver) ?? ""))
        return { trust: "safe", from: node };
      if (/^(?:path|posix|win32|url|URL)$/.test(lastName(receiver) ?? ""))
        return this.worst(node, node.arguments, depth);
      if (name === "map" || name === "flatMap") return this.judgeMapped(node, receiver, depth);
      if (name === "replace" || name === "replaceAll") return this.judgeReplace(node, receiver, depth);
      if (passingMethod.test(name)) return this.worst(node, [receiver, ...plainArguments(node)], depth);
      return { trust: "unknown", from: node };
    }
    if (passingFunction.test(name)) return this.worst(node, node.arguments, depth);
    return this.judgeLocalCall(node, depth);
  }

  /** `list.map(() => "?")` is as constant as what the function returns. */
  private judgeMapped(node: ts.CallExpression, receiver: ts.Expression, depth: number): Judgement {
    const callback = node.arguments[0];
    if (callback !== undefined && (ts.isArrowFunction(callback) || ts.isFunctionExpression(callback))) {
      const results = resultsOf(callback);
      if (results.length > 0) {
        const own = this.worst(node, results, depth);
        return own.trust === "unknown" && this.judge(receiver, depth).trust === "constant"
          ? { trust: "constant", from: node }
          : own;
      }
    }
    return this.judge(receiver, depth);
  }

  /** Replacing every character outside a list is escaping; other replacements let the value through. */
  private judgeReplace(node: ts.CallExpression, receiver: ts.Expression, depth: number): Judgement {
    const pattern = node.arguments[0];
    const isEscape =
      pattern !== undefined &&
      (ts.isRegularExpressionLiteral(pattern) ? /['"`<>&\\^]/.test(pattern.text) : false);
    return isEscape ? { trust: "safe", from: node } : this.judge(receiver, depth);
  }

  private judgeLocalCall(node: ts.CallExpression, depth: number): Judgement {
    if (!ts.isIdentifier(node.expression)) return { trust: "unknown", from: node };
    const binding = this.bindings.lookup(node.expression.text, node.pos);
    const value = binding?.kind === "value" ? unwrapped(binding.values[0]) : undefined;
    const body =
      binding?.kind === "function"
        ? binding.node
        : value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value))
          ? value
          : undefined;
    const results = body === undefined ? [] : resultsOf(body);
    if (results.length === 0) return { trust: "unknown", from: node };
    const judged = this.worst(node, results, depth);
    return judged.trust === "outside" || order[judged.trust] <= order.safe
      ? judged
      : { trust: "unknown", from: node };
  }

  private worst(node: ts.Expression, parts: readonly ts.Expression[], depth: number): Judgement {
    let worst: Judgement = { trust: "constant", from: node };
    for (const part of parts) {
      const judged = this.judge(part, depth);
      if (order[judged.trust] > order[worst.trust]) worst = judged;
    }
    return worst;
  }

  private textOf(node: ts.Node): string {
    return this.source.text.slice(node.pos, node.end).trim();
  }
}

export function unwrapped(node: ts.Expression | undefined): ts.Expression | undefined {
  let inner = node;
  while (inner !== undefined && isWrapper(inner)) inner = inner.expression;
  return inner;
}

function isWrapper(
  node: ts.Expression,
): node is
  | ts.ParenthesizedExpression
  | ts.AsExpression
  | ts.NonNullExpression
  | ts.SatisfiesExpression
  | ts.AwaitExpression
  | ts.TypeAssertion {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isTypeAssertionExpression(node)
  );
}

function spread(node: ts.Expression): ts.Expression {
  return ts.isSpreadElement(node) ? node.expression : node;
}

function isConstantKind(node: ts.Expression): boolean {
  return (
    ts.isLiteralExpression(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    ts.isRegularExpressionLiteral(node) ||
    ts.isOmittedExpression(node) ||
    ts.isMetaProperty(node)
  );
}

function plainArguments(node: ts.CallExpression): ts.Expression[] {
  return node.arguments.filter(
    (argument) => !ts.isArrowFunction(argument) && !ts.isFunctionExpression(argument),
  );
}

/** What a function returns, nested functions left out. */
function resultsOf(node: ts.FunctionLikeDeclaration): ts.Expression[] {
  if (node.body === undefined) return [];
  if (!ts.isBlock(node.body)) return [node.body];
  const results: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isFunctionLike(child)) return;
    if (ts.isReturnStatement(child) && child.expression !== undefined) results.push(child.expression);
    ts.forEachChild(child, visit);
  };
  ts.forEachChild(node.body, visit);
  return results;
}

function parameterTrust(node: ts.ParameterDeclaration): Trust {
  for (const modifier of node.modifiers ?? []) {
    if (!ts.isDecorator(modifier) || !ts.isCallExpression(modifier.expression)) continue;
    if (/^(?:Query|Param|Body|Headers|UploadedFile)$/.test(lastName(modifier.expression.expression) ?? ""))
      return "outside";
  }
  return node.type !== undefined && isClosedType(node.type) ? "safe" : "unknown";
}

/** Types whose values cannot carry text of the caller's choice. */
function isClosedType(node: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(node)) return node.types.every(isClosedType);
  if (ts.isArrayTypeNode(node)) return isClosedType(node.elementType);
  return (
    ts.isLiteralTypeNode(node) ||
    node.kind === ts.SyntaxKind.NumberKeyword ||
    node.kind === ts.SyntaxKind.BooleanKeyword ||
    node.kind === ts.SyntaxKind.BigIntKeyword ||
    node.kind === ts.SyntaxKind.UndefinedKeyword
  );
}

const combining: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.EqualsToken,
]);

const constantNames: ReadonlySet<string> = new Set([
  "undefined",
  "NaN",
  "Infinity",
  "__dirname",
  "__filename",
]);
const trustedMember = /^(?:process\.(?:env|cwd|platform|execPath|pid|version)|import\.meta)\b/;
const cleanName = /sanitiz|sanitis|escaped|purified|encoded|quoted|trusted|safe(?:ly|Html|$)|^safe/i;
const counterName = /^(?:[ijkn]|idx|index|count|limit|offset|port|pid|timeout(?:Ms)?|width|height|size)$/;
const harmlessCall =
  /^(?:Number|parseInt|parseFloat|Boolean|BigInt|toFixed|getTime|toISOString|randomUUID|uuid(?:v\d)?|nanoid|ulid|createId|cuid|getRandomValues|indexOf|tmpdir|homedir|hostname|cwd|fileURLToPath|basename)$/;
const cleaningCall =
  /escape|quote|sanitiz|sanitis|purify|encode|clean|strip|highlight|slugify|validate|assert|format(?:Sql|Query)?$|identifier|placeholder|parameter/i;
const passingMethod =
  /^(?:join|concat|trim|trimStart|trimEnd|toLowerCase|toUpperCase|slice|substring|substr|padStart|padEnd|repeat|split|filter|reverse|sort|toString|valueOf|at|pop|shift|normalize|keys|values|entries|from|of|fill|flat)$/;
const passingFunction =
  /^(?:String|decodeURIComponent|decodeURI|Array|Object|unescape|atob|join|resolve|normalize)$/;

/** What bundlers make of assets is an address or a text of this project; query suffixes (`?raw`) ask for it. */
const asset =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|mp[34]|webm|ogg|wav|woff2?|ttf|otf|css|scss|less|html?|txt|md|json|glsl|wasm|pdf)$|\?(?:url|raw|inline)\b/i;

function importTrust(module: string, name: string): Trust {
  if (asset.test(module)) return "constant";
  return isConstantLike(name) ? "safe" : "unknown";
}

function isConstantLike(name: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(name);
}

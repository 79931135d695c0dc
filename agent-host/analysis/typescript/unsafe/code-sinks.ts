import * as ts from "typescript-parser";
import { lastName } from "./bindings.ts";
import { type Risk, type Sink, type SinkContext, severityOf } from "./sink.ts";
import { codeFromText, shellCommand, unsafeDeserialization } from "./unsafe-rules.ts";
import { unwrapped } from "./value-judge.ts";

/** `eval(text)` and timers that get a string. */
export const evalSink: Sink<ts.CallExpression> = (node, context) => {
  const name = lastName(node.expression) ?? "";
  const argument = node.arguments[0];
  if (argument === undefined || (name !== "eval" && !isTextBuiltHere(argument))) return undefined;
  if (!isGlobal(node.expression, context)) return undefined;
  return codeRisk(node, argument, { what: name, context });
};

/** `new Function(…, body)` */
export const functionSink: Sink<ts.NewExpression | ts.CallExpression> = (node, context) => {
  const body = node.arguments?.[node.arguments.length - 1];
  if (body === undefined || context.judge.bindings.lookup("Function", node.pos) !== undefined)
    return undefined;
  return codeRisk(node, body, { what: "new Function", context });
};

/** Node's `vm` is no sandbox. */
export const vmSink: Sink<ts.CallExpression | ts.NewExpression> = (node, context) => {
  const argument = node.arguments?.[0];
  if (argument === undefined || !context.mentions(vmModule)) return undefined;
  if (moduleCalled(node.expression, context)?.module !== "vm") return undefined;
  return codeRisk(node, argument, { what: `vm.${lastName(node.expression) ?? ""}`, context });
};

function codeRisk(
  node: ts.Node,
  value: ts.Expression,
  { what, context }: { what: string; context: SinkContext },
): Risk | undefined {
  const { trust, from } = context.judge.judge(value);
  if (trust === "constant" || trust === "safe") return undefined;
  return {
    rule: codeFromText,
    node,
    message: `${context.textOf(from)} is run as code by ${what}`,
    severity: severityOf(trust, "warning"),
  };
}

const vmModule = /["'](?:node:)?vm["']/;
const shellModule = /["'](?:node:)?(?:child_process|shelljs|execa)["']/;
const serializeModule = /["'](?:node-serialize|serialize-to-js)["']/;
const shellFunctions = new Set(["exec", "execSync"]);
const shellOptionFunctions = new Set(["spawn", "spawnSync", "execFile", "execFileSync"]);

/** `exec` runs its text through a shell; `spawn` does so when told to. */
export const shellSink: Sink<ts.CallExpression> = (node, context) => {
  const command = node.arguments[0];
  // `pattern.exec(text)` is everywhere; processes are started in few files.
  if (command === undefined || !context.mentions(shellModule)) return undefined;
  const called = moduleCalled(node.expression, context);
  if (called === undefined) return undefined;
  const isShell = shellModules.has(called.module) && shellFunctions.has(called.name);
  const withOption =
    called.module === "child_process" && shellOptionFunctions.has(called.name) && asksForShell(node);
  if (!isShell && !withOption) return undefined;
  const risky = withOption ? riskyArgument(node, context) : context.judge.judge(command);
  if (risky === undefined || risky.trust === "constant" || risky.trust === "safe") return undefined;
  const isBuilt = withOption || isTextBuiltHere(command) || isBuiltVariable(command, context);
  return {
    rule: shellCommand,
    node,
    message: `${context.textOf(risky.from)} becomes part of a shell command`,
    // A function that runs the command it is given is only as dangerous as its callers.
    severity: severityOf(risky.trust, isBuilt ? "warning" : "info"),
  };
};

const shellModules: ReadonlySet<string> = new Set(["child_process", "shelljs", "execa"]);

function riskyArgument(node: ts.CallExpression, context: SinkContext) {
  const judged = node.arguments.slice(0, 2).map((argument) => context.judge.judge(argument));
  return judged.find(({ trust }) => trust === "outside") ?? judged.find(({ trust }) => trust === "unknown");
}

function asksForShell(node: ts.CallExpression): boolean {
  const options = node.arguments[node.arguments.length - 1];
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return false;
  return options.properties.some(
    (property) =>
      ts.isPropertyAssignment(property) &&
      lastName(property.name as ts.Expression) === "shell" &&
      property.initializer.kind === ts.SyntaxKind.TrueKeyword,
  );
}

/** `unserialize` of node-serialize calls functions it finds in the text. */
export const deserializeSink: Sink<ts.CallExpression> = (node, context) => {
  if (!context.mentions(serializeModule)) return undefined;
  const called = moduleCalled(node.expression, context);
  if (called?.module !== "node-serialize" && called?.module !== "serialize-to-js") return undefined;
  const value = node.arguments[0];
  if (value === undefined || context.judge.isSafe(value)) return undefined;
  return {
    rule: unsafeDeserialization,
    node,
    message: `${called.module} may run functions found in the text`,
  };
};

/** The module and the export that `callee` names: `exec`, `cp.exec`, `require("x").exec`. */
export function moduleCalled(
  callee: ts.Expression,
  { judge }: SinkContext,
): { module: string; name: string } | undefined {
  if (ts.isIdentifier(callee)) {
    return judge.bindings.moduleOf(callee.text, callee.pos);
  }
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const owner = callee.expression;
  if (ts.isIdentifier(owner)) {
    const from = judge.bindings.moduleOf(owner.text, owner.pos);
    return from === undefined ? undefined : { module: from.module, name: callee.name.text };
  }
  const isRequire =
    ts.isCallExpression(owner) && ts.isIdentifier(owner.expression) && owner.expression.text === "require";
  const module = isRequire ? owner.arguments[0] : undefined;
  if (module === undefined || !ts.isStringLiteral(module)) return undefined;
  return { module: module.text.replace(/^node:/, ""), name: callee.name.text };
}

/** Text put together on the spot, as against a value that is passed on. */
export function isTextBuiltHere(node: ts.Expression): boolean {
  const inner = unwrapped(node);
  if (inner === undefined) return false;
  if (ts.isTemplateExpression(inner)) return true;
  if (ts.isStringLiteralLike(inner)) return true;
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return isTextBuiltHere(inner.left) || isTextBuiltHere(inner.right);
  }
  return false;
}

function isBuiltVariable(node: ts.Expression, { judge }: SinkContext): boolean {
  if (!ts.isIdentifier(node)) return false;
  const binding = judge.bindings.lookup(node.text, node.pos);
  return binding?.kind === "value" && binding.values.some(isTextBuiltHere);
}

function isGlobal(callee: ts.Expression, { judge }: SinkContext): boolean {
  if (ts.isIdentifier(callee)) return judge.bindings.lookup(callee.text, callee.pos) === undefined;
  return (
    ts.isPropertyAccessExpression(callee) &&
    ts.isIdentifier(callee.expression) &&
    /^(?:window|globalThis|self|global)$/.test(callee.expression.text)
  );
}

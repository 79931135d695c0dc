import * as ts from "typescript-parser";
import { lastName } from "./bindings.ts";
import { isTextBuiltHere } from "./code-sinks.ts";
import { type Risk, type Sink, type SinkContext, severityOf } from "./sink.ts";
import { htmlFromText, openMessage } from "./unsafe-rules.ts";
import { unwrapped } from "./value-judge.ts";

/** `element.innerHTML = value` */
export const innerHtmlSink: Sink<ts.BinaryExpression> = (node, context) =>
  htmlRisk(node.right, { where: lastName(node.left) ?? "innerHTML", node, context });

/** `document.write(value)`, `insertAdjacentHTML(place, value)`, `$(…).html(value)`, `bypassSecurityTrustHtml(value)` */
export const htmlCallSink: Sink<ts.CallExpression> = (node, context) => {
  const name = lastName(node.expression) ?? "";
  if (/^write(?:ln)?$/.test(name) && !isDocument(node.expression)) return undefined;
  const value = node.arguments[name === "insertAdjacentHTML" ? 1 : 0];
  if (value === undefined || (name === "html" && !isJquery(node.expression))) return undefined;
  return htmlRisk(value, { where: name, node, context });
};

/** React's `dangerouslySetInnerHTML={{ __html: value }}` */
export const dangerousHtmlSink: Sink<ts.JsxAttribute> = (node, context) => {
  const expression =
    node.initializer !== undefined && ts.isJsxExpression(node.initializer)
      ? node.initializer.expression
      : undefined;
  const object = unwrapped(expression);
  if (object === undefined || !ts.isObjectLiteralExpression(object)) return undefined;
  for (const property of object.properties) {
    if (!ts.isPropertyAssignment(property) || lastName(property.name as ts.Expression) !== "__html") continue;
    return htmlRisk(property.initializer, { where: "dangerouslySetInnerHTML", node, context });
  }
  return undefined;
};

/** `res.send("<p>" + req.query.name)` */
export const responseSink: Sink<ts.CallExpression> = (node, context) => {
  const owner = ts.isPropertyAccessExpression(node.expression)
    ? lastName(node.expression.expression)
    : undefined;
  const value = node.arguments[0];
  if (value === undefined || !/^(?:res|response|reply)$/.test(owner ?? "") || !isTextBuiltHere(value))
    return undefined;
  const { trust, from } = context.judge.judge(value);
  if (trust !== "outside" || !/<[a-z!]/i.test(context.textOf(value))) return undefined;
  return {
    rule: htmlFromText,
    node,
    message: `${context.textOf(from)} is sent back inside HTML without escaping`,
    severity: "error",
  };
};

/** `window.postMessage(data, "*")` with something worth reading. */
export const postMessageSink: Sink<ts.CallExpression> = (node, context) => {
  const origin = node.arguments[1];
  const message = node.arguments[0];
  if (message === undefined || origin === undefined || !ts.isStringLiteral(origin) || origin.text !== "*")
    return undefined;
  if (context.judge.judge(message).trust === "constant") return undefined;
  const isSecret = /token|secret|passw|session|credential|auth/i.test(context.textOf(message));
  return {
    rule: openMessage,
    node,
    message: `postMessage sends ${isSecret ? "what looks like a credential" : "data"} to any origin`,
    severity: isSecret ? "warning" : "info",
  };
};

function htmlRisk(
  value: ts.Expression,
  { where, node, context }: { where: string; node: ts.Node; context: SinkContext },
): Risk | undefined {
  const { trust, from } = context.judge.judge(value);
  if (trust === "constant" || trust === "safe") return undefined;
  const isBuilt = isTextBuiltHere(value);
  return {
    rule: htmlFromText,
    node,
    message: `${context.textOf(from)} reaches ${where} ${isBuilt ? "inside markup, unescaped" : "as markup"}`,
    // Passing finished markup on is often the point of a component; building it by hand rarely is.
    severity: severityOf(trust, isBuilt ? "warning" : "info"),
  };
}

function isDocument(callee: ts.Expression): boolean {
  const owner = ts.isPropertyAccessExpression(callee) ? lastName(callee.expression) : undefined;
  return owner === "document" || owner === "doc";
}

function isJquery(callee: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const owner = callee.expression;
  if (ts.isIdentifier(owner)) return owner.text.startsWith("$");
  return ts.isCallExpression(owner) && /^(?:\$|jQuery)$/.test(lastName(owner.expression) ?? "");
}

import * as ts from "typescript-parser";
import { lastName } from "./bindings.ts";
import { moduleCalled } from "./code-sinks.ts";
import type { Risk, Sink, SinkContext } from "./sink.ts";
import {
  openCors,
  tlsUnverified,
  tokenUnverified,
  unsafeWindow,
  weakCipher,
  weakPasswordHash,
  weakRandom,
} from "./unsafe-rules.ts";
import { unwrapped } from "./value-judge.ts";

const tlsOptions: ReadonlySet<string> = new Set(["rejectUnauthorized", "strictSSL"]);
const windowOptions: ReadonlyMap<string, boolean> = new Map([
  ["nodeIntegration", true],
  ["contextIsolation", false],
  ["webSecurity", false],
]);

/** Options that switch a protection off. */
export const optionSink: Sink<ts.PropertyAssignment> = (node, context) => {
  const name = lastName(node.name as ts.Expression) ?? "";
  const value = unwrapped(node.initializer);
  if (tlsOptions.has(name) && value?.kind === ts.SyntaxKind.FalseKeyword) {
    return { rule: tlsUnverified, node, message: `${name} is false: certificates are not verified` };
  }
  const unsafe = windowOptions.get(name);
  if (unsafe === undefined || !usesElectron(context)) return undefined;
  const isUnsafe = value?.kind === (unsafe ? ts.SyntaxKind.TrueKeyword : ts.SyntaxKind.FalseKeyword);
  return isUnsafe ? { rule: unsafeWindow, node, message: `${name} is ${String(unsafe)}` } : undefined;
};

/** `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"` */
export const tlsVariableSink: Sink<ts.BinaryExpression> = (node, context) => {
  const value = unwrapped(node.right);
  if (!/NODE_TLS_REJECT_UNAUTHORIZED/.test(context.textOf(node.left)) || value === undefined)
    return undefined;
  if (!/^["'`]?0["'`]?$/.test(context.textOf(value))) return undefined;
  return {
    rule: tlsUnverified,
    node,
    message: "Certificate verification is switched off for the whole process",
  };
};

const passwordName = /passw(?:or)?d|passphrase|\bpwd\b/i;
const fastHash = /^(?:md4|md5|sha1|sha-1|ripemd160)$/i;
const betterButFast = /^(?:sha-?(?:224|256|384|512)|sha512-256)$/i;

/** `createHash("md5").update(password)` */
export const hashSink: Sink<ts.CallExpression> = (node, context) => {
  // The chain is seen from `update`, which has both the hash and what goes in.
  const creation = ts.isPropertyAccessExpression(node.expression)
    ? unwrapped(node.expression.expression)
    : undefined;
  if (
    creation === undefined ||
    !ts.isCallExpression(creation) ||
    lastName(creation.expression) !== "createHash"
  )
    return undefined;
  const algorithm = creation.arguments[0];
  const input = node.arguments[0];
  if (algorithm === undefined || input === undefined || !ts.isStringLiteralLike(algorithm)) return undefined;
  const isPassword =
    passwordName.test(context.textOf(input)) || context.names.some((name) => /^hash_?passw/i.test(name));
  if (!isPassword || !(fastHash.test(algorithm.text) || betterButFast.test(algorithm.text))) return undefined;
  return {
    rule: weakPasswordHash,
    node: algorithm,
    message: `A password is hashed with ${algorithm.text}`,
    severity: fastHash.test(algorithm.text) ? "error" : "warning",
  };
};

const brokenCipher = /^(?:des|des3|rc2|rc4|bf|blowfish|seed)\b|-ecb$/i;

export const cipherSink: Sink<ts.CallExpression> = (node, context) => {
  const algorithm = node.arguments[0];
  if (algorithm === undefined || !ts.isStringLiteralLike(algorithm) || !brokenCipher.test(algorithm.text))
    return undefined;
  if (moduleCalled(node.expression, context)?.module !== "crypto") return undefined;
  return { rule: weakCipher, node: algorithm, message: `${algorithm.text} does not keep the text secret` };
};

// A nonce made in a component is most often a key that forces a redraw.
const secretName =
  /(?:^|[a-z_])(?:access|auth|refresh|reset|session|csrf|xsrf|api|verification|invite|bearer)_?(?:token|key|code|id)s?$|secret|passw(?:or)?d|passphrase|(?:^|_)(?:token|salt|otp|csrf)$|(?:^generate|^create|^make|^new|^random)_?(?:token|secret|password|otp|salt|api_?key|session_?id)/i;

/** `const token = Math.random()…` */
export const randomSink: Sink<ts.CallExpression> = (node, { names }) => {
  const name = names.find((candidate) => secretName.test(candidate));
  return name === undefined
    ? undefined
    : { rule: weakRandom, node, message: `${name} is made with Math.random, which can be predicted` };
};

const tokenModule = /["'](?:jsonwebtoken|jwt-simple|njwt|koa-jwt|express-jwt)["']/;

/** `jwt.verify(token, key, { algorithms: ["none"] })` */
export const tokenSink: Sink<ts.CallExpression> = (node, context) => {
  if (!context.mentions(tokenModule)) return undefined;
  const called = moduleCalled(node.expression, context);
  if (!/jsonwebtoken|^jwt-simple$|^njwt$|^koa-jwt$|^express-jwt$/.test(called?.module ?? ""))
    return undefined;
  const text = context.textOf(node);
  if (/algorithms?\s*:\s*\[?[^\]}]*["']none["']/i.test(text)) {
    return { rule: tokenUnverified, node, message: "Tokens with the algorithm none are accepted" };
  }
  if (lastName(node.expression) === "verify" && /ignoreExpiration\s*:\s*true/.test(text)) {
    return { rule: tokenUnverified, node, message: "Expired tokens are accepted", severity: "warning" };
  }
  return undefined;
};

/** `cors({ origin: true, credentials: true })` */
export const corsSink: Sink<ts.CallExpression> = (node, context): Risk | undefined => {
  const options = node.arguments[0];
  if (options === undefined || moduleCalled(node.expression, context)?.module.endsWith("cors") !== true)
    return undefined;
  const text = context.textOf(options);
  if (!/origin\s*:\s*true\b/.test(text) || !/credentials\s*:\s*true\b/.test(text)) return undefined;
  return { rule: openCors, node, message: "Every origin is allowed together with credentials" };
};

function usesElectron({ judge }: SinkContext): boolean {
  for (const name of ["BrowserWindow", "electron", "BrowserView", "WebContentsView"]) {
    if (judge.bindings.moduleOf(name, 0)?.module === "electron") return true;
  }
  return false;
}

import type * as ts from "typescript-parser";
import { lastName } from "./bindings.ts";
import { moduleCalled } from "./code-sinks.ts";
import { outsideWord } from "./outside-values.ts";
import type { Sink } from "./sink.ts";
import {
  pathFromRequest,
  patternFromRequest,
  queryFromRequest,
  redirectFromRequest,
  requestForgery,
} from "./unsafe-rules.ts";

const fileModules: ReadonlySet<string> = new Set(["fs", "fs/promises", "fs-extra", "graceful-fs"]);

/** A file call with a path from a request. */
export const fileSink: Sink<ts.CallExpression> = (node, context) => {
  const path = node.arguments[0];
  if (!context.mentions(outsideWord)) return undefined;
  if (path === undefined || !fileModules.has(moduleCalled(node.expression, context)?.module ?? ""))
    return undefined;
  const { trust, from } = context.judge.judge(path);
  if (trust !== "outside") return undefined;
  return {
    rule: pathFromRequest,
    node,
    message: `${context.textOf(from)} decides which file ${lastName(node.expression)} opens`,
  };
};

/** `res.sendFile(path)` without a root to keep it inside. */
export const sendFileSink: Sink<ts.CallExpression> = (node, context) => {
  const path = node.arguments[0];
  if (!context.mentions(outsideWord)) return undefined;
  if (path === undefined || context.textOf(node).includes("root:")) return undefined;
  const { trust, from } = context.judge.judge(path);
  if (trust !== "outside") return undefined;
  return { rule: pathFromRequest, node, message: `${context.textOf(from)} decides which file is sent` };
};

export const patternSink: Sink<ts.NewExpression | ts.CallExpression> = (node, context) => {
  const pattern = context.mentions(outsideWord) ? node.arguments?.[0] : undefined;
  const judged = pattern === undefined ? undefined : context.judge.judge(pattern);
  if (judged?.trust !== "outside") return undefined;
  return {
    rule: patternFromRequest,
    node,
    message: `${context.textOf(judged.from)} is compiled as a regular expression`,
  };
};

export const redirectSink: Sink<ts.CallExpression> = (node, context) => {
  const target = node.arguments[node.arguments.length - 1];
  const owner =
    lastName((node.expression as ts.PropertyAccessExpression).expression ?? node.expression) ?? "";
  if (target === undefined || !/^(?:res|response|reply|ctx|NextResponse|Response|c)$/.test(owner))
    return undefined;
  const { trust, from } = context.judge.judge(target);
  // Only a value that can decide the host matters: `/login?next=${value}` cannot.
  if (trust !== "outside" || /^[`"']\/?[\w?/.-]/.test(context.textOf(target))) return undefined;
  // A path, or Next.js' own address with another path: the host stays.
  if (/\.(?:originalUrl|url|pathname|path)\b|\bnextUrl(?:\.clone\(\))?$/.test(context.textOf(from)))
    return undefined;
  return {
    rule: redirectFromRequest,
    node,
    message: `${context.textOf(from)} decides where the redirect leads`,
  };
};

const callerModule = /["'](?:axios|got|node-fetch|undici|request|superagent|needle)["']/;
const callers: ReadonlySet<string> = new Set([
  "axios",
  "got",
  "node-fetch",
  "undici",
  "request",
  "superagent",
  "needle",
]);

/** `fetch(req.query.url)` on a server. */
export const forgerySink: Sink<ts.CallExpression> = (node, context) => {
  const address = node.arguments[0];
  if (address === undefined || !context.mentions(outsideWord)) return undefined;
  const isCaller = lastName(node.expression) === "fetch" || context.mentions(callerModule);
  if (!isCaller) return undefined;
  const called = moduleCalled(node.expression, context);
  const isFetch = lastName(node.expression) === "fetch" && called === undefined;
  if (!isFetch && !callers.has(called?.module ?? "")) return undefined;
  const { trust, from } = context.judge.judge(address);
  const text = context.textOf(from);
  // In a page, the address bar is the user's own.
  if (trust !== "outside" || !/^(?:this\.)?(?:req|request|ctx|context|c|event)\b/.test(text))
    return undefined;
  if (
    /^[`"'](?:https?:)?\/\/?[\w.-]+\//.test(context.textOf(address)) ||
    /^\w+\.(?:url|originalUrl|headers)\b/.test(text)
  )
    return undefined;
  return { rule: requestForgery, node, message: `${text} decides which address this server calls` };
};

/** `Model.findOne(req.body)`: the whole object becomes the filter. */
export const filterSink: Sink<ts.CallExpression> = (node, context) => {
  const filter = node.arguments[0];
  const text = filter === undefined ? "" : context.textOf(filter);
  if (!/^(?:req|request|ctx\.request|ctx)\.(?:body|query|params)$/.test(text)) return undefined;
  return { rule: queryFromRequest, node, message: `${text} is used as the filter as it is` };
};

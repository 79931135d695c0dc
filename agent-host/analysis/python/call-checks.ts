import type { SyntaxNode } from "@lezer/common";
import {
  assignedName,
  type Call,
  definesName,
  isFalse,
  isOwnBuildFile,
  isQuoted,
  isTrue,
  looksUntrusted,
  ownerName,
  type Problem,
  underMainGuard,
} from "./python-call.ts";
import * as rules from "./python-rules.ts";
import { textOf } from "./python-tree.ts";
import { sqlProblem } from "./sql-strings.ts";

export function runsText(call: Call): Problem | undefined {
  const [code] = call.positional;
  if (code === undefined || call.values.isConstant(code) || isOwnBuildFile(call)) return undefined;
  if (
    (call.source.nodes.get("FunctionDefinition") ?? []).some((node) =>
      definesName(call.source, node, call.target),
    )
  ) {
    return undefined;
  }
  const untrusted = looksUntrusted(call, code) || looksUntrusted(call, call.values.resolve(code));
  return {
    rule: rules.evalRule,
    message: `${call.method} of ${untrusted ? "text from outside" : "text that is not constant"}`,
    // A namespace of its own shows that running code is the purpose (configuration, generated code).
    severity: untrusted ? "error" : call.positional.length > 1 ? "info" : "warning",
  };
}

export function runsShell(call: Call): Problem | undefined {
  const command = call.positional[0] ?? call.keywords.get("args") ?? call.keywords.get("cmd");
  if (command === undefined || call.values.isConstant(command)) return undefined;
  const resolved = call.values.resolve(command);
  if (call.values.isConstant(resolved)) return undefined;
  const dynamic = call.values.pieces(resolved).flatMap((piece) => ("node" in piece ? [piece.node] : []));
  if (dynamic.every((node) => isQuoted(call, node))) return undefined;
  const puzzled = !(dynamic.length === 1 && dynamic[0] === resolved);
  return {
    rule: rules.shellRule,
    message: puzzled ? "Shell command put together from data" : "Shell command that is not constant",
    severity: looksUntrusted(call, resolved) || puzzled ? "error" : "warning",
  };
}

export function loadsObjects(call: Call): Problem | undefined {
  const [data] = call.positional;
  if (data === undefined || call.values.isConstant(data)) return undefined;
  const text = textOf(call.source, data);
  // A copy made by dumping and loading in one expression holds nobody else's bytes.
  if (/\bdumps\(/.test(text)) return undefined;
  const untrusted = looksUntrusted(call, call.values.resolve(data));
  return {
    rule: rules.pickleRule,
    message: `${call.target} of ${untrusted ? "data from outside" : "data that may come from outside"}`,
    severity: untrusted ? "error" : "info",
  };
}

export function loadsYaml(call: Call): Problem | undefined {
  const loader = call.keywords.get("Loader") ?? call.positional[1];
  if (call.method !== "unsafe_load") {
    if (loader === undefined && call.spread) return undefined;
    const name = loader === undefined ? "" : textOf(call.source, loader);
    if (loader !== undefined && !/(?:^|\.)(?:C?Loader|C?UnsafeLoader)$/.test(name)) return undefined;
  }
  const [document] = call.positional;
  if (document !== undefined && call.values.isConstant(document)) return undefined;
  return { rule: rules.yamlRule, message: `${call.target} without a safe loader` };
}

export function skipsVerification(call: Call): Problem | undefined {
  const verify = call.keywords.get("verify");
  if (verify === undefined || textOf(call.source, verify) !== "False") return undefined;
  const client = [...call.aliases.values()].some((target) =>
    /^(?:requests|httpx|requests_\w+)\b/.test(target),
  );
  if (!client || /localhost|127\.0\.0\.1|\[::1\]/.test(textOf(call.source, call.node).slice(0, 300)))
    return undefined;
  return { rule: rules.tlsRule, message: `${call.method} with verify=False checks no certificate` };
}

export function hashesPassword(call: Call): Problem | undefined {
  const safe = call.keywords.get("usedforsecurity");
  if (safe !== undefined && textOf(call.source, safe) === "False") return undefined;
  const [data] = call.positional;
  const names = `${data === undefined ? "" : textOf(call.source, data)} ${assignedName(call)}`;
  const inHasher = /(?:hash|encode|encrypt|digest)\w*passw|passw\w*(?:hash|digest)/i.test(ownerName(call));
  if (!inHasher && !/passw(?:or)?d|passphrase|\bpwd\b/i.test(names)) return undefined;
  return { rule: rules.passwordHashRule, message: `Password hashed with ${call.method}` };
}

export function disablesEscaping(call: Call): Problem | undefined {
  return isFalse(call, "autoescape")
    ? { rule: rules.autoescapeRule, message: "Jinja environment with autoescape=False" }
    : undefined;
}

export function templateFromData(call: Call): Problem | undefined {
  const [template] = call.positional;
  if (template === undefined) return undefined;
  const resolved = call.values.resolve(template);
  if (call.values.isConstant(resolved)) return undefined;
  const pieces = call.values.pieces(resolved);
  const mixed = pieces.some((piece) => "text" in piece) && pieces.some((piece) => "node" in piece);
  if (!mixed && !looksUntrusted(call, resolved)) return undefined;
  return { rule: rules.templateRule, message: "Template text put together from data" };
}

export function marksSafe(call: Call): Problem | undefined {
  const [markup] = call.positional;
  if (markup === undefined) return undefined;
  const pieces = call.values.pieces(call.values.resolve(markup));
  if (!pieces.some((piece) => "text" in piece && piece.text.includes("<"))) return undefined;
  const raw = pieces.flatMap((piece) => ("node" in piece && isRawText(call, piece.node) ? [piece.node] : []));
  if (raw.length === 0) return undefined;
  const untrusted = raw.some((node) => looksUntrusted(call, node));
  return {
    rule: rules.markupRule,
    message: `${call.method} of HTML put together from data`,
    severity: untrusted ? "error" : "info",
  };
}

/** A plain name whose name does not say that it is HTML already; what calls return is most often made safe there. */
function isRawText(call: Call, node: SyntaxNode): boolean {
  if (!/^(?:VariableName|MemberExpression)$/.test(node.name) || call.values.isConstant(node)) return false;
  return !/html|markup|safe|render|attrs|url|icon|svg|tag|escaped|fallback|sources/i.test(
    textOf(call.source, node),
  );
}

export function acceptsHostKey(): Problem {
  return { rule: rules.hostKeyRule, message: "AutoAddPolicy accepts any host key" };
}

export function makesSecret(call: Call): Problem | undefined {
  const names = `${ownerName(call)} ${assignedName(call)}`;
  if (
    !/passw(?:or)?d|secret|(?:reset|auth|access|api|csrf|session)_?token|api_?key|\botp\b|\bsalt\b/i.test(
      names,
    )
  ) {
    return undefined;
  }
  return { rule: rules.randomRule, message: `Secret made with random.${call.method}` };
}

export function buildsSql(call: Call): Problem | undefined {
  const [statement] = call.positional;
  if (statement === undefined) return undefined;
  const problem = sqlProblem(call.source, call.values, statement);
  // Migrations run once, by hand, with the names their author wrote.
  const migration =
    problem?.severity === "warning" && /(?:^|\/)(?:migrations|alembic|versions)\//.test(call.source.path);
  return problem === undefined || migration
    ? undefined
    : {
        rule: rules.sqlRule,
        message: `SQL with ${problem.what} inside its text`,
        severity: problem.severity,
      };
}

export function startsDebugger(call: Call): Problem | undefined {
  if (!isTrue(call, "debug")) return undefined;
  if (![...call.aliases.values()].some((target) => /^(?:flask|werkzeug)\b/.test(target))) return undefined;
  return {
    rule: rules.debugRule,
    message: "Application started with debug=True",
    severity: underMainGuard(call) ? "info" : "warning",
  };
}

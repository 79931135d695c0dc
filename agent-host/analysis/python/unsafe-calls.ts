import type { SyntaxNode } from "@lezer/common";
import type { Finding, Severity } from "../../protocol/finding.ts";
import { finding, type Rule } from "../rules/rule.ts";
import { isExamplePath, isTestPath } from "../text/path-kind.ts";
import { importAliases } from "./python-imports.ts";
import * as rules from "./python-rules.ts";
import { ancestorsOf, dottedName, enclosingFunction, type PythonSource, textOf } from "./python-tree.ts";
import { type CallArguments, PythonValues, readArguments } from "./python-values.ts";
import { sqlProblem } from "./sql-strings.ts";

/** Calls that are dangerous with data from outside. Tests are left out; examples count one step less. */
export function unsafeCalls(source: PythonSource): Finding[] {
  if (isTestPath(source.path)) return [];
  const aliases = importAliases(source);
  const values = new PythonValues(source);
  const found: Finding[] = [];
  for (const node of source.nodes.get("CallExpression") ?? []) {
    const callee = node.firstChild;
    const list = node.lastChild;
    if (callee === null || list === null || list.name !== "ArgList") continue;
    const method = lastName(source, callee);
    if (!interesting.has(method)) continue;
    const target = qualifiedName(source, callee, aliases);
    const check = checks.get(target) ?? methodChecks.get(method);
    if (check === undefined) continue;
    const call: Call = { source, node, target, method, values, aliases, ...readArguments(source, list) };
    const problem = check(call);
    if (problem !== undefined) found.push(report(call, problem));
  }
  return found;
}

interface Call extends CallArguments {
  readonly source: PythonSource;
  readonly node: SyntaxNode;
  /** Full name by the imports (`subprocess.run`), or as written. */
  readonly target: string;
  readonly method: string;
  readonly values: PythonValues;
  readonly aliases: ReadonlyMap<string, string>;
}

interface Problem {
  readonly rule: Rule;
  readonly message: string;
  readonly severity?: Severity;
}

type Check = (call: Call) => Problem | undefined;

const checks = new Map<string, Check>([
  ["eval", runsText],
  ["exec", runsText],
  ["builtins.eval", runsText],
  ["builtins.exec", runsText],
  ["os.system", runsShell],
  ["os.popen", runsShell],
  ["commands.getoutput", runsShell],
  ["subprocess.getoutput", runsShell],
  ["subprocess.getstatusoutput", runsShell],
  ["asyncio.create_subprocess_shell", runsShell],
  ...["run", "call", "Popen", "check_call", "check_output"].map((name): [string, Check] => [
    `subprocess.${name}`,
    (call) => (isTrue(call, "shell") ? runsShell(call) : undefined),
  ]),
  ...["pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal"].flatMap(
    (module): [string, Check][] => [
      [`${module}.load`, loadsObjects],
      [`${module}.loads`, loadsObjects],
    ],
  ),
  ["shelve.open", loadsObjects],
  ["yaml.load", loadsYaml],
  ["yaml.load_all", loadsYaml],
  ["yaml.unsafe_load", loadsYaml],
  [
    "ssl._create_unverified_context",
    () => ({ rule: rules.tlsRule, message: "TLS context that checks no certificate" }),
  ],
  ["hashlib.md5", hashesPassword],
  ["hashlib.sha1", hashesPassword],
  [
    "tempfile.mktemp",
    () => ({ rule: rules.tempFileRule, message: "tempfile.mktemp gives a name, not a file" }),
  ],
  ["jinja2.Environment", disablesEscaping],
  ["jinja2.environment.Environment", disablesEscaping],
  ["jinja2.Template", templateFromData],
  ["flask.render_template_string", templateFromData],
  ["markupsafe.Markup", marksSafe],
  ["flask.Markup", marksSafe],
  ["django.utils.safestring.mark_safe", marksSafe],
  ["paramiko.AutoAddPolicy", acceptsHostKey],
  ["paramiko.client.AutoAddPolicy", acceptsHostKey],
  ["sqlalchemy.text", buildsSql],
  ...["random", "choice", "choices", "randint", "randrange", "getrandbits", "sample"].map(
    (name): [string, Check] => [`random.${name}`, makesSecret],
  ),
]);

const httpMethods = [
  "get",
  "post",
  "put",
  "patch",
  "delete",
  "head",
  "options",
  "request",
  "send",
  "Session",
  "Client",
];

const methodChecks = new Map<string, Check>([
  ["execute", buildsSql],
  ["executemany", buildsSql],
  ["executescript", buildsSql],
  ["read_sql", buildsSql],
  ["read_sql_query", buildsSql],
  ["raw", buildsSql],
  ["run", startsDebugger],
  ...[...httpMethods, "AsyncClient"].map((name): [string, Check] => [name, skipsVerification]),
]);

// A look at the last name alone decides for nearly every call that nothing more has to be read.
const interesting = new Set([
  ...methodChecks.keys(),
  ...[...checks.keys()].map((name) => name.split(".").at(-1) ?? ""),
]);

function runsText(call: Call): Problem | undefined {
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

function runsShell(call: Call): Problem | undefined {
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

function loadsObjects(call: Call): Problem | undefined {
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

function loadsYaml(call: Call): Problem | undefined {
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

function skipsVerification(call: Call): Problem | undefined {
  const verify = call.keywords.get("verify");
  if (verify === undefined || textOf(call.source, verify) !== "False") return undefined;
  const client = [...call.aliases.values()].some((target) =>
    /^(?:requests|httpx|requests_\w+)\b/.test(target),
  );
  if (!client || /localhost|127\.0\.0\.1|\[::1\]/.test(textOf(call.source, call.node).slice(0, 300)))
    return undefined;
  return { rule: rules.tlsRule, message: `${call.method} with verify=False checks no certificate` };
}

function hashesPassword(call: Call): Problem | undefined {
  const safe = call.keywords.get("usedforsecurity");
  if (safe !== undefined && textOf(call.source, safe) === "False") return undefined;
  const [data] = call.positional;
  const names = `${data === undefined ? "" : textOf(call.source, data)} ${assignedName(call)}`;
  const inHasher = /(?:hash|encode|encrypt|digest)\w*passw|passw\w*(?:hash|digest)/i.test(ownerName(call));
  if (!inHasher && !/passw(?:or)?d|passphrase|\bpwd\b/i.test(names)) return undefined;
  return { rule: rules.passwordHashRule, message: `Password hashed with ${call.method}` };
}

function disablesEscaping(call: Call): Problem | undefined {
  return isFalse(call, "autoescape")
    ? { rule: rules.autoescapeRule, message: "Jinja environment with autoescape=False" }
    : undefined;
}

function templateFromData(call: Call): Problem | undefined {
  const [template] = call.positional;
  if (template === undefined) return undefined;
  const resolved = call.values.resolve(template);
  if (call.values.isConstant(resolved)) return undefined;
  const pieces = call.values.pieces(resolved);
  const mixed = pieces.some((piece) => "text" in piece) && pieces.some((piece) => "node" in piece);
  if (!mixed && !looksUntrusted(call, resolved)) return undefined;
  return { rule: rules.templateRule, message: "Template text put together from data" };
}

function marksSafe(call: Call): Problem | undefined {
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

function acceptsHostKey(): Problem {
  return { rule: rules.hostKeyRule, message: "AutoAddPolicy accepts any host key" };
}

function makesSecret(call: Call): Problem | undefined {
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

function buildsSql(call: Call): Problem | undefined {
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

function startsDebugger(call: Call): Problem | undefined {
  if (!isTrue(call, "debug")) return undefined;
  if (![...call.aliases.values()].some((target) => /^(?:flask|werkzeug)\b/.test(target))) return undefined;
  return {
    rule: rules.debugRule,
    message: "Application started with debug=True",
    severity: underMainGuard(call) ? "info" : "warning",
  };
}

const untrustedText =
  /\b(?:request|req|body|payload|params|query_params|form|cookies?|argv|recv|recvfrom|socket|sock|response|resp|upload(?:ed)?|untrusted|user_?input|raw_input)\b|\binput\(/i;

function looksUntrusted(call: Call, node: SyntaxNode): boolean {
  return untrustedText.test(textOf(call.source, node).slice(0, 500));
}

function isQuoted(call: Call, node: SyntaxNode): boolean {
  return (
    call.values.isConstant(node) ||
    /^(?:shlex\.|pipes\.)?(?:quote|join)\(|^(?:int|len|float)\(|^sys\.executable$/.test(
      textOf(call.source, node),
    )
  );
}

function isOwnBuildFile(call: Call): boolean {
  return /(?:^|\/)(?:setup|conf|noxfile|tasks|fabfile)\.py$/.test(call.source.path);
}

function isTrue(call: Call, keyword: string): boolean {
  const value = call.keywords.get(keyword);
  return value !== undefined && textOf(call.source, value) === "True";
}

function isFalse(call: Call, keyword: string): boolean {
  const value = call.keywords.get(keyword);
  return value !== undefined && textOf(call.source, value) === "False";
}

function ownerName(call: Call): string {
  const owner = enclosingFunction(call.node)?.getChild("VariableName");
  return owner === null || owner === undefined ? "" : textOf(call.source, owner);
}

function assignedName(call: Call): string {
  for (const { node } of ancestorsOf(call.node)) {
    if (node.name === "AssignStatement" && node.firstChild !== null)
      return textOf(call.source, node.firstChild);
    if (node.name === "Body") return "";
  }
  return "";
}

function underMainGuard(call: Call): boolean {
  for (const { node } of ancestorsOf(call.node)) {
    if (node.name === "IfStatement" && /__name__/.test(call.source.text.slice(node.from, node.from + 40)))
      return true;
  }
  return false;
}

function definesName(source: PythonSource, definition: SyntaxNode, name: string): boolean {
  const node = definition.getChild("VariableName");
  // A method called eval does not hide the builtin.
  return node !== null && textOf(source, node) === name && definition.parent?.name === "Script";
}

function lastName(source: PythonSource, callee: SyntaxNode): string {
  const node = callee.name === "MemberExpression" ? callee.lastChild : callee;
  return node === null ? "" : source.text.slice(node.from, Math.min(node.to, node.from + 40));
}

function qualifiedName(
  source: PythonSource,
  callee: SyntaxNode,
  aliases: ReadonlyMap<string, string>,
): string {
  const written = dottedName(source, callee);
  if (written === undefined) return "";
  const [head = "", ...rest] = written.split(".");
  const target = aliases.get(head);
  if (target !== undefined) return [target, ...rest].join(".");
  // `os.system` means the module only where `os` is imported; a bare builtin needs no import.
  return rest.length === 0 ? written : "";
}

function report(call: Call, problem: Problem): Finding {
  const { source, node } = call;
  const severity = problem.severity ?? problem.rule.severity;
  return finding(problem.rule, {
    file: source.path,
    range: source.lines.range(node.from, node.to),
    message: problem.message,
    evidence: textOf(source, node).replaceAll(/\s+/g, " ").slice(0, 300),
    severity: isExamplePath(source.path) && severity === "error" ? "warning" : severity,
  });
}

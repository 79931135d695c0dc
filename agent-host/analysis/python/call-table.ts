import {
  acceptsHostKey,
  buildsSql,
  disablesEscaping,
  hashesPassword,
  loadsObjects,
  loadsYaml,
  makesSecret,
  marksSafe,
  runsShell,
  runsText,
  skipsVerification,
  startsDebugger,
  templateFromData,
} from "./call-checks.ts";
import { type Check, isTrue } from "./python-call.ts";
import * as rules from "./python-rules.ts";

/** A look at the last name decides for nearly every call that nothing more has to be read. */
export function isSuspect(method: string): boolean {
  return methods.has(method);
}

export function checkFor(target: string, method: string): Check | undefined {
  return byFullName.get(target) ?? byMethod.get(method);
}

/** By full name, as the imports give it. */
const byFullName = new Map<string, Check>([
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

/** By the last name alone, for methods of objects whose class is not known. */
const byMethod = new Map<string, Check>([
  ["execute", buildsSql],
  ["executemany", buildsSql],
  ["executescript", buildsSql],
  ["read_sql", buildsSql],
  ["read_sql_query", buildsSql],
  ["raw", buildsSql],
  ["run", startsDebugger],
  ...[...httpMethods, "AsyncClient"].map((name): [string, Check] => [name, skipsVerification]),
]);

const methods = new Set([
  ...byMethod.keys(),
  ...[...byFullName.keys()].map((name) => name.split(".").at(-1) ?? ""),
]);

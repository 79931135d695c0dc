import type { Severity } from "../../protocol/finding.ts";
import type { Rule } from "../rules/rule.ts";

function security(name: string, severity: Severity, texts: Pick<Rule, "title" | "why" | "remedy">): Rule {
  return { id: `security/python-${name}`, category: "security", severity, ...texts };
}

export const evalRule = security("eval", "warning", {
  title: "Code made from data",
  why: "eval and exec run whatever text they get; anyone who can influence that text runs code in this process.",
  remedy: "Use ast.literal_eval for data, or look the wanted function up in a dict of allowed ones.",
});

export const shellRule = security("shell-injection", "warning", {
  title: "Shell command made from data",
  why: "A shell gives characters such as ; | $ and backquotes a meaning; data with them runs other commands.",
  remedy: "Pass a list of arguments without shell=True, or quote each value with shlex.quote.",
});

export const pickleRule = security("unsafe-deserialization", "info", {
  title: "Objects loaded from bytes that can run code",
  why: "Loading such data calls any function it names, so whoever writes the bytes runs code in this process.",
  remedy: "Use JSON or another pure data format; if it must be this, verify a signature first.",
});

export const yamlRule = security("yaml-load", "warning", {
  title: "YAML loaded with a loader that builds any object",
  why: "Without a safe loader a YAML document can construct Python objects and so run code.",
  remedy: "Use yaml.safe_load, or pass Loader=yaml.SafeLoader.",
});

export const tlsRule = security("tls-unverified", "error", {
  title: "TLS certificate not checked",
  why: "Without the check anyone on the path can read and change what is sent, credentials included.",
  remedy: "Leave verification on; for a private authority pass its certificate file instead.",
});

export const passwordHashRule = security("weak-password-hash", "error", {
  title: "Password hashed with a fast, broken hash",
  why: "MD5 and SHA-1 are so fast that stolen hashes are turned back into passwords by the billion per second.",
  remedy: "Use hashlib.scrypt, argon2 or bcrypt with a salt per password.",
});

export const tempFileRule = security("mktemp", "warning", {
  title: "Temporary name that somebody else can take",
  why: "Between tempfile.mktemp and opening the file another process can put a file or link there.",
  remedy: "Use tempfile.NamedTemporaryFile or tempfile.mkstemp, which create the file at once.",
});

export const sqlRule = security("sql-injection", "warning", {
  title: "SQL put together from data",
  why: "A value inside the statement's text can end its literal and change what the statement does.",
  remedy:
    "Pass values as parameters: execute(sql, values). Take names of tables and columns from a fixed list.",
});

export const debugRule = security("flask-debug", "warning", {
  title: "Debugger switched on",
  why: "Werkzeug's debugger lets whoever reaches an error page run Python in the server.",
  remedy: "Leave debug out here and switch it on from the environment while developing.",
});

export const autoescapeRule = security("jinja-autoescape", "warning", {
  title: "Templates without escaping",
  why: "With autoescape off every value goes into the page as it is, so data can carry scripts.",
  remedy: "Use autoescape=select_autoescape() and mark the few safe values.",
});

export const templateRule = security("template-injection", "warning", {
  title: "Template made from data",
  why: "A template's text can reach Python objects; data inside it can read secrets or run code.",
  remedy: "Keep the template constant and pass the data as variables.",
});

export const markupRule = security("unescaped-markup", "info", {
  title: "Data marked as safe HTML",
  why: "The data goes into the page without escaping and can carry scripts.",
  remedy: 'Use format_html, or Markup("…").format(value), which escape the values.',
});

export const randomRule = security("weak-random", "warning", {
  title: "Secret made with a predictable generator",
  why: "The random module's next values can be computed from earlier ones.",
  remedy: "Use the secrets module.",
});

export const hostKeyRule = security("ssh-host-key", "warning", {
  title: "SSH host key accepted unseen",
  why: "The first connection trusts whoever answers, so credentials can go to the wrong machine.",
  remedy: "Load known host keys and use RejectPolicy.",
});

export const swallowRule: Rule = {
  id: "structure/python-swallowed-exception",
  category: "structure",
  severity: "info",
  title: "Every error silently dropped",
  why: "All errors, also misspelt names and a full disk, disappear here without a trace.",
  remedy: "Catch the one error that is expected, or log what was caught.",
};

export const mutableDefaultRule: Rule = {
  id: "structure/python-mutable-default",
  category: "structure",
  severity: "warning",
  title: "Default value shared between calls",
  why: "A default is made once, when the function is defined; what one call puts in is there in the next.",
  remedy: "Use None as the default and make the value inside the function.",
};

import { isPlaceholder } from "./placeholders.ts";
import { entropyOf } from "./randomness.ts";

/** A credential assigned to a name: `dbPassword = "…"`. Offsets are those of the value. */
export interface AssignedSecret {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** Source of the regular expression that finds the name, up to its `=` or `:`. Case-sensitive on purpose: speed. */
export const assignmentStart =
  "(?:[Pp]ass(?:[Ww]ord|[Ww]d|[Pp]hrase)|PASS(?:WORD|WD|PHRASE|_PHRASE)|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Aa]pi_?[Kk]ey|API_?KEY|api-key|[Aa]ccess_?[Kk]ey|ACCESS_?KEY|[Aa]uth_?[Kk]ey|AUTH_?KEY|[Pp]rivate_?[Kk]ey|PRIVATE_?KEY|[Cc]redentials?|CREDENTIALS?)[\\w-]{0,30}[\"'`]?\\]?\\s{0,3}(?:=>|:=|=|:)(?!=)";

const quoted = /[ \t]{0,4}(?:[rbuf]{0,2})(["'`])([^"'`\s\\]{8,200})\1/y;
const plain = /[ \t]{0,4}([^\s"'`#,;{}[\]()<>$]{8,200})[ \t]*(?:#.*)?(?=\r?\n|$)/y;

/** The credential whose name was found at `at`; undefined for placeholders, labels, look-ups, types and the like. */
export function assignedSecretAt(
  text: string,
  at: number,
  options: { readonly keyword: string; readonly unquoted: boolean },
): AssignedSecret | undefined {
  const nameStart = startOfName(text, at);
  const name = text.slice(nameStart, at + options.keyword.length).replace(/["'`\]]*\s*(?:=>|:=|=|:)$/, "");
  // `"AWS::ApiGateway::ApiKey": …` names a kind of thing, not a variable.
  if (harmlessName.test(name) || /[:/\\]/.test(text.charAt(nameStart - 1))) return undefined;
  const valueAt = at + options.keyword.length;
  const value = readValue(text, valueAt, options.unquoted);
  if (value === undefined || onLongLine(text, at) || isSearchKey(text, at, name)) return undefined;
  if (!looksLikeCredential(value.text, name)) return undefined;
  return { from: value.from, to: value.from + value.text.length, name: name.slice(0, 60) };
}

function startOfName(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < 40 && /[\w-]/.test(text.charAt(start - 1))) start -= 1;
  return start;
}

function readValue(text: string, at: number, unquoted: boolean): { from: number; text: string } | undefined {
  quoted.lastIndex = at;
  const match = quoted.exec(text);
  if (match?.[2] !== undefined) {
    // `"a" + b`, `"…" % x`: only a part of the value, the rest comes from elsewhere.
    if (/^[ \t]*(?:\+|%|\.)/.test(text.slice(quoted.lastIndex, quoted.lastIndex + 8))) return undefined;
    return { from: quoted.lastIndex - 1 - match[2].length, text: match[2] };
  }
  if (!unquoted) return undefined;
  plain.lastIndex = at;
  const bare = plain.exec(text);
  return bare?.[1] === undefined ? undefined : { from: at + bare[0].indexOf(bare[1]), text: bare[1] };
}

/** The key of a documentation search stands in every page of the site, and is meant to. */
function isSearchKey(text: string, at: number, name: string): boolean {
  return (
    /api_?key$/i.test(name) &&
    /algolia|docsearch|indexName/i.test(text.slice(Math.max(0, at - 300), at + 300))
  );
}

/** Bundles and data have lines that nobody wrote. */
function onLongLine(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - longLine), at);
  const after = text.slice(at, at + longLine);
  return (
    (before.length === longLine && !before.includes("\n")) ||
    (after.length === longLine && !after.includes("\n"))
  );
}

const longLine = 1_000;

function looksLikeCredential(value: string, name: string): boolean {
  if (isPlaceholder(value) || harmlessValue.test(value)) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  // What a login compares with, not what it is given.
  if (/pass/i.test(name) && /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(value))
    return false;
  if (/pass/i.test(name)) return entropyOf(value) >= 2.7 && !isWordWithNumber(value);
  if (/^[0-9a-f]+$/i.test(value) && value.length < 32) return false;
  return value.length >= 16 && entropyOf(value) >= 3.2 && !isWordWithNumber(value) && isDense(value);
}

/** `version2`, `oauth2-callback`, `step1_token`: words with a digit, not a random string. */
function isWordWithNumber(value: string): boolean {
  return /^(?:[A-Za-z]+[-_./:]?)+\d{0,4}$/.test(value) && /^[a-z._:/-]*\d*$|^[A-Z._:/-]*\d*$/.test(value)
    ? true
    : value.split(/[-_./:\s]/).length > 1 &&
        value
          .split(/[-_./:]/)
          .every((part) => /^(?:[A-Za-z]?[a-z]*|[A-Z]+|\d{1,4}|[a-z]+\d{1,2}|v\d+)$/.test(part));
}

/** Random strings change between letters and digits all the time; names of things don't. */
function isDense(value: string): boolean {
  const switches = value.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])|[a-z](?=[A-Z])/g)?.length ?? 0;
  return switches >= Math.max(3, value.length / 10);
}

const harmlessName =
  /(?:url|uri|path|file|name|id|ids|type|field|header|prefix|suffix|regexp?|pattern|label|placeholder|message|msg|error|text|title|env|length|policy|endpoint|selector|class|hint|format|params?|kind|icon|symbol|scope|provider|ref|hash|digest|checksum|expiry|expires|expiration|ttl|count|limit|size|index|version|description|component|input|address|contract|mint|algorithm|cookie|variable|var)s?$|public|csrf|xsrf|^(?:no|is|has|show|hide|forgot|reset|confirm|invalid|missing|use|with|require|max|min|num)[-_A-Z]|tokeni[sz]|page_?token|next_?token|sync_?token|continuation|placeholder|fixture|example|mock|fake|dummy/i;

const harmlessValue =
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^(?:https?|file|s3|gs|arn|urn|data|vault|op|ssm|aws|azure|gcp|projects|secretsmanager):|^\/|^\.{1,2}\/|^~|^sha\d{3}-|^\$2[aby]\$|^\$argon|^\{|\$\{|\{\{|%\(|#\{|^#|^ENC\[|^AQICAH|^vault:|^op:\/\/|^!|^@|^\w+\(|\.(?:js|ts|json|ya?ml|py|pem|key|crt|txt|com|org|io)$|^(?:env|process|os|config|settings|secrets|var|local)\.|^\d{4}-\d\d-\d\d|^[A-Za-z]+\.[A-Za-z.]+$|[<>()]|^pk_|^sk_test_|^rk_test_|^0x[0-9a-fA-F]{40}$/;

import type { Finding, Severity } from "../../protocol/finding.ts";
import type { SourceFile } from "../file-facts.ts";
import { finding, type Rule } from "../rules/rule.ts";
import { LineIndex } from "../text/line-index.ts";
import { assignedSecretAt, assignmentStart } from "./assigned-secrets.ts";
import { connectionPasswordAt } from "./connection-addresses.ts";
import { privateKeyAt } from "./private-keys.ts";
import { placeOf, type SecretPlace } from "./secret-places.ts";
import { assignmentRule, connectionRule, privateKeyRule, tokenRule } from "./secret-rules.ts";
import { type TokenShape, tokenShapes } from "./token-shapes.ts";

/**
 * Credentials in a file of any language: tokens of known shape, private keys, passwords in addresses, and values
 * assigned to names such as `apiKey`. The evidence shows at most four characters of a secret. At most 100 findings.
 *
 * Three regular expressions decide whether there is anything to look at; all else runs only at their hits.
 */
export function findSecrets(file: SourceFile): Finding[] {
  const { text, path } = file;
  const place = placeOf(path);
  const hits = hitsOf(text, shapeStart, (match) => shapeHit(text, match, place));
  if (!place.rehearsal && !place.generated) {
    hits.push(...hitsOf(text, addressStart, (match) => connectionHit(text, match)));
    hits.push(...hitsOf(text, assignment, (match) => assignmentHit(text, match, place)));
  }
  if (hits.length === 0) return [];
  const lines = new LineIndex(text);
  const seen = new Map<string, number>();
  return withoutOverlaps(hits).map((hit) => report(file, hit, { lines, seen }));
}

interface Hit {
  readonly rule: Rule;
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly severity: Severity;
  readonly remedy?: string;
}

const maxFindings = 100;
// One expression for all three would be slower: each has its own set of characters to skip by.
const shapeStart = new RegExp(`${tokenShapes.map((shape) => shape.start).join("|")}|-----BEGIN `, "g");
const addressStart = /:\/\/(?=[^\s:@/"'`]{0,80}:[^\s@/"'`]{1,200}@)/g;
const assignment = new RegExp(assignmentStart, "g");
const shapeStarts = tokenShapes.map((shape) => ({ shape, start: new RegExp(`^(?:${shape.start})`) }));

function hitsOf(text: string, start: RegExp, read: (match: RegExpExecArray) => Hit | undefined): Hit[] {
  const hits: Hit[] = [];
  for (const match of text.matchAll(start)) {
    const hit = read(match);
    if (hit !== undefined) hits.push(hit);
    if (hits.length === maxFindings) break;
  }
  return hits;
}

/** In order of place. Where two share text the one found first stays: a known shape says more than a name. */
function withoutOverlaps(hits: readonly Hit[]): Hit[] {
  const kept: Hit[] = [];
  for (const hit of hits) {
    if (kept.length === maxFindings) break;
    if (!kept.some((other) => hit.from < other.to && other.from < hit.to)) kept.push(hit);
  }
  return kept.sort((a, b) => a.from - b.from);
}

function shapeHit(text: string, match: RegExpExecArray, place: SecretPlace): Hit | undefined {
  return match[0] === "-----BEGIN " ? keyHit(text, match.index, place) : tokenHit(text, match, place);
}

function tokenHit(text: string, match: RegExpExecArray, place: SecretPlace): Hit | undefined {
  for (const { shape, start } of shapeStarts) {
    if (!start.test(match[0])) continue;
    const { from, to } = tokenAt(text, match.index, shape) ?? {};
    if (from === undefined || to === undefined) continue;
    if (place.rehearsal && shape.severity === "warning") return undefined;
    if (shape.isPublic?.(text, from) === true) {
      const message = `${shape.title} for web pages in the source: public by design`;
      return { rule: tokenRule, from, to, message, severity: "info", remedy: publicRemedy };
    }
    const severity = place.rehearsal ? "warning" : (shape.severity ?? "error");
    return { rule: tokenRule, from, to, message: `${shape.title} in the source`, severity };
  }
  return undefined;
}

const publicRemedy =
  "Nothing to hide, but see that whoever copies it gains nothing: restrict it by referrer and to the interfaces it is for.";

function tokenAt(text: string, at: number, shape: TokenShape): { from: number; to: number } | undefined {
  const before = shape.before?.exec(text.slice(Math.max(0, at - 11), at))?.[0];
  if (shape.before !== undefined && before === undefined) return undefined;
  const from = at - (before?.length ?? 0);
  // In the middle of a longer word it is a part of something else: Base64, an identifier.
  if (/[A-Za-z0-9_+-]/.test(text.charAt(from - 1))) return undefined;
  shape.pattern.lastIndex = at;
  const match = shape.pattern.exec(text);
  if (match === null) return undefined;
  const to = at + match[0].length;
  // An id within a signed address identifies and does not open anything.
  if (/(?:Credential|AccessKeyId)=$/.test(text.slice(Math.max(0, from - 16), from))) return undefined;
  if (/[A-Za-z0-9_+=]/.test(text.charAt(to))) return undefined;
  return shape.verify === undefined || shape.verify(match[0], text) ? { from, to } : undefined;
}

function keyHit(text: string, at: number, place: SecretPlace): Hit | undefined {
  const key = privateKeyAt(text, at);
  if (key === undefined) return undefined;
  const message = key.encrypted
    ? "Private key, protected by a passphrase, in the source"
    : "Private key in the source";
  const severity = place.rehearsal ? "info" : key.encrypted ? "warning" : "error";
  return { rule: privateKeyRule, from: at, to: at + key.length, message, severity };
}

function connectionHit(text: string, match: RegExpExecArray): Hit | undefined {
  const found = connectionPasswordAt(text, match.index);
  return (
    found && {
      rule: connectionRule,
      ...found,
      message: "Password in a connection address",
      severity: "error",
    }
  );
}

function assignmentHit(text: string, match: RegExpExecArray, place: SecretPlace): Hit | undefined {
  const found = assignedSecretAt(text, match.index, { keyword: match[0], unquoted: place.unquoted });
  if (found === undefined) return undefined;
  const { from, to, name } = found;
  // What has a known shape was judged by that shape, also when the verdict was "an example".
  if (shapeStarts.some(({ start }) => start.test(text.slice(from, to)))) return undefined;
  const message = `Value of ${name} looks like a real credential`;
  return { rule: assignmentRule, from, to, message, severity: "warning" };
}

function report(
  file: SourceFile,
  hit: Hit,
  context: { lines: LineIndex; seen: Map<string, number> },
): Finding {
  const secret = file.text.slice(hit.from, hit.to);
  const evidence = masked(secret);
  // Not from the secret itself: a fingerprint of a weak password could be tried out.
  const identity = `${hit.message} ${evidence}`;
  const count = (context.seen.get(identity) ?? 0) + 1;
  context.seen.set(identity, count);
  return finding(hit.rule, {
    file: file.path,
    range: context.lines.range(hit.from, hit.to),
    message: hit.message,
    evidence,
    severity: hit.severity,
    ...(hit.remedy === undefined ? {} : { remedy: hit.remedy }),
    identity: `${identity} ${count}`,
  });
}

/** The first four characters at most, fewer of a short secret, and the length. */
function masked(secret: string): string {
  const shown = secret.startsWith("-----BEGIN") ? 10 : Math.min(4, Math.floor(secret.length / 4));
  return `${secret.slice(0, shown)}… (${secret.length} characters)`;
}

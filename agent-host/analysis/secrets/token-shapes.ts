import type { Severity } from "../../protocol/finding.ts";
import { hasRandomLook } from "./randomness.ts";

/** A kind of token that can be told by its form. */
export interface TokenShape {
  readonly title: string;
  /** What every such token begins with; a source of a regular expression that matches fixed-length text. */
  readonly start: string;
  /** The whole token, matched at a place where `start` matched. Bounded, hence linear. */
  readonly pattern: RegExp;
  /** What must stand before `start` and belongs to the token; at most ten characters. */
  readonly before?: RegExp;
  readonly severity?: Severity;
  /** Where such a token is meant to be seen by everyone; then it is noted with another remedy. */
  readonly isPublic?: (text: string, from: number) => boolean;
  /** Says no to what only looks like it: wrong checksum, undecodable parts, published examples. */
  readonly verify?: (token: string, text: string) => boolean;
}

export const tokenShapes: readonly TokenShape[] = [
  {
    title: "AWS access key id",
    start: "AKIA[A-Z2-7]{4}",
    pattern: /AKIA[A-Z2-7]{16}/y,
    verify: (token) => !token.endsWith("EXAMPLE") && hasRandomLook(token.slice(4), 2.6),
  },
  { title: "GitHub token", start: "gh[pousr]_", pattern: /gh[pousr]_[A-Za-z0-9]{36}/y, verify: hasChecksum },
  {
    title: "GitHub fine-grained token",
    start: "github_pat_",
    pattern: /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/y,
    verify: random(11),
  },
  {
    title: "GitLab token",
    start: "glpat-",
    pattern: /glpat-[\w-]{20,60}(?:\.[\w-]{2,20}){0,2}/y,
    verify: random(6),
  },
  {
    title: "Slack token",
    start: "xox[abeprs]-",
    pattern: /xox[abeprs]-(?:\d-)?[A-Za-z0-9-]{24,250}/y,
    verify: slackToken,
  },
  {
    title: "Slack app token",
    start: "xapp-\\d",
    pattern: /xapp-\d-[A-Z0-9]{8,20}-\d{8,20}-[a-f0-9]{40,80}/y,
  },
  {
    title: "Slack webhook",
    start: "hooks\\.slack\\.com",
    pattern:
      /hooks\.slack\.com\/(?:services|workflows)\/T[A-Z0-9]{7,12}\/[AB][A-Z0-9]{7,12}\/[A-Za-z0-9]{18,40}/y,
    verify: (token) => hasRandomLook(token.slice(token.lastIndexOf("/") + 1), 3.2),
  },
  {
    title: "Stripe live key",
    start: "[sr]k_live_",
    pattern: /[sr]k_live_[A-Za-z0-9]{24,247}/y,
    verify: random(8),
  },
  // Many of these belong in web pages by design and are limited by referrer; hence not an error.
  {
    title: "Google API key",
    start: "AIza",
    pattern: /AIza[\w-]{35}/y,
    severity: "warning",
    isPublic: isForWebPages,
    verify: random(4),
  },
  { title: "Google OAuth client secret", start: "GOCSPX-", pattern: /GOCSPX-[\w-]{28}/y, verify: random(7) },
  {
    title: "Anthropic key",
    start: "sk-ant-",
    pattern: /sk-ant-[a-z]{2,10}\d\d-[\w-]{80,120}/y,
    verify: random(12),
  },
  {
    title: "OpenAI key",
    start: "sk-[A-Za-z0-9]",
    pattern: /sk-(?:[a-z]{3,10}-)?[\w-]{16,90}T3BlbkFJ[\w-]{16,90}/y,
    verify: random(8),
  },
  { title: "npm token", start: "npm_[A-Za-z0-9]{8}", pattern: /npm_[A-Za-z0-9]{36}/y, verify: random(4) },
  {
    title: "PyPI token",
    start: "pypi-Ag",
    // The macaroon inside begins with the index's host name, in Base64.
    pattern: /pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[\w-]{50,250}/y,
    verify: random(22),
  },
  { title: "SendGrid key", start: "SG\\.", pattern: /SG\.[\w-]{22}\.[\w-]{43}/y, verify: random(3) },
  {
    title: "Twilio key",
    start: "SK[0-9a-f]{8}",
    pattern: /SK[0-9a-f]{32}/y,
    verify: (token, text) => /twilio/i.test(text) && hasRandomLook(token.slice(2), 2.8),
  },
  {
    title: "Telegram bot token",
    start: ":AA[\\w-]{8}",
    before: /(?<!\d)\d{8,10}$/,
    pattern: /:AA[\w-]{33}/y,
    verify: random(3),
  },
  {
    title: "Azure storage key",
    start: "AccountKey=",
    pattern: /AccountKey=[A-Za-z0-9+/]{86}==/y,
    // The emulator's key, the same for everyone, is documented by its maker.
    verify: (token) => !token.startsWith("AccountKey=Eby8vdM02x") && hasRandomLook(token.slice(11), 4),
  },
  {
    title: "DigitalOcean token",
    start: "do[opr]_v1_",
    pattern: /do[opr]_v1_[a-f0-9]{64}/y,
    verify: random(7),
  },
  { title: "Hugging Face token", start: "hf_[A-Za-z]{8}", pattern: /hf_[A-Za-z]{34}/y, verify: random(3) },
  {
    title: "Shopify token",
    start: "shp(?:at|ca|pa|ss)_",
    pattern: /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/y,
    verify: random(6),
  },
  {
    title: "Databricks token",
    start: "dapi[0-9a-f]{8}",
    pattern: /dapi[0-9a-f]{32}(?:-\d)?/y,
    verify: random(4),
  },
  { title: "Docker Hub token", start: "dckr_pat_", pattern: /dckr_pat_[\w-]{27}/y, verify: random(9) },
  {
    title: "HashiCorp Vault token",
    start: "hv[sb]\\.",
    pattern: /hv[sb]\.[\w-]{24,300}/y,
    verify: random(4),
  },
  { title: "age secret key", start: "AGE-SECRET-KEY-1", pattern: /AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}/y },
  {
    title: "JSON Web Token",
    start: "eyJ",
    pattern: /eyJ[\w-]{8,2000}\.eyJ[\w-]{8,8000}\.[\w-]{20,2000}/y,
    severity: "warning",
    verify: isLiveJwt,
  },
];

/** In the web configuration of Firebase, or in a variable that a build tool puts into the page. */
function isForWebPages(text: string, from: number): boolean {
  const before = text.slice(Math.max(0, from - 400), from);
  if (/firebase|authDomain|messagingSenderId/i.test(before + text.slice(from, from + 400))) return true;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return /\b(?:VITE|NEXT_PUBLIC|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|GATSBY|PUBLIC)_/.test(line);
}

function random(from: number): (token: string) => boolean {
  return (token) => hasRandomLook(token.slice(from), 3);
}

/** The last six characters of a GitHub token are the CRC-32 of the random part, in base 62. */
function hasChecksum(token: string): boolean {
  const body = token.slice(4, -6);
  let checksum = crc32(body);
  let encoded = "";
  for (let digit = 0; digit < 6; digit += 1) {
    encoded = base62.charAt(checksum % 62) + encoded;
    checksum = Math.floor(checksum / 62);
  }
  return encoded === token.slice(-6);
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function slackToken(token: string): boolean {
  return /-\d{9,}-/.test(token) && hasRandomLook(token.slice(token.lastIndexOf("-") + 1), 3);
}

/** The header must decode; signatures of nobody, public roles and the example known from jwt.io don't count. */
function isLiveJwt(token: string): boolean {
  const [header = "", payload = ""] = token.split(".");
  const head = decodeJson(header);
  const body = decodeJson(payload);
  if (head === undefined || body === undefined || typeof head.alg !== "string" || head.alg === "none")
    return false;
  if (body.sub === "1234567890" || body.name === "John Doe") return false;
  return body.role !== "anon";
}

function decodeJson(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not a token's part then.
    return undefined;
  }
}

/** Shorter values stand in too many innocent texts. */
const minSecretLength = 8;
const maxSecrets = 200;
/** What stands in place of a secret. */
export const redactedMark = "[redacted]";

/**
 * Takes secrets out of texts by their values: as they are, in base64, in base64url, percent-encoded and as inside a
 * JSON string. Values are told by whoever has them; at most 200, of at least 8 characters.
 */
export class Redactor {
  private readonly values = new Set<string>();
  private pattern: RegExp | null = null;

  add(secret: string): void {
    if (secret.length < minSecretLength || this.values.size >= maxSecrets || this.values.has(secret)) return;
    this.values.add(secret);
    const forms = new Set([...this.values].flatMap(formsOf));
    // The longest first: a secret may be the beginning of another.
    const parts = [...forms].sort((a, b) => b.length - a.length).map(escaped);
    this.pattern = new RegExp(parts.join("|"), "g");
  }

  redact(text: string): string {
    return this.pattern === null ? text : text.replace(this.pattern, redactedMark);
  }
}

// Words that are long enough also where nothing parts them from what stands before: PGPASSWORD.
const secretName =
  /(?:(?:^|_)(?:key|pat|pass|auth|connection_?string)|_pwd|api_?key|token|secret|password|passwd|passphrase|credentials?)(?:_|$)/i;
/** Their names sound like secrets, their values are places. */
const placeNames = /(?:_FILE|_PATH|_DIR|_SOCK|_URL|_URI)$/i;
const passwordInAddress = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@:]*:([^\s/?#]+)@/i;

/** Values of variables whose names say that they are secret, and passwords in addresses. */
export function secretsIn(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const password = passwordInAddress.exec(value)?.[1];
    const named = secretName.test(name) && !placeNames.test(name) ? [value] : [];
    return password === undefined ? named : [...named, value, password, percentDecoded(password)];
  });
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It was meant as it stands.
    return text;
  }
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString("base64").replace(/=+$/, "");
  return [
    secret,
    base64,
    bytes.toString("base64url"),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

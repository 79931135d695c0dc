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

const secretName = /(?:^|_)(?:api_?key|key|token|secret|password|passwd|passphrase|credentials?|pat)(?:_|$)/i;
/** Their names sound like secrets, their values are places. */
const placeNames = /(?:_FILE|_PATH|_DIR|_SOCK|_URL)$/i;

/** Values of variables whose names say that they are secret. */
export function secretsIn(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && secretName.test(name) && !placeNames.test(name) ? [value] : [],
  );
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

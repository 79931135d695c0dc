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
  /** Every form of every secret, by its first character. */
  private readonly formsByStart = new Map<string, string[]>();
  private longest = 0;

  add(secret: string): void {
    if (secret.length < minSecretLength || this.values.size >= maxSecrets || this.values.has(secret)) return;
    this.values.add(secret);
    for (const form of new Set(formsOf(secret))) this.learn(form);
    const forms = new Set([...this.values].flatMap(formsOf));
    // The longest first: a secret may be the beginning of another.
    const parts = [...forms].sort((a, b) => b.length - a.length).map(escaped);
    this.pattern = new RegExp(parts.join("|"), "g");
  }

  redact(text: string): string {
    return this.pattern === null ? text : text.replace(this.pattern, redactedMark);
  }

  /**
   * The same for text that comes in pieces, which may be cut within a secret: an end that may be the beginning of one is
   * held back until more comes. What is held back at the end of all is never told: whoever shows text as it comes shows
   * the whole of it afterwards.
   */
  stream(tell: (text: string) => void): (piece: string) => void {
    let held = "";
    return (piece) => {
      const text = held + piece;
      const end = this.safeEnd(text);
      held = text.slice(end);
      if (end > 0) tell(this.redact(text.slice(0, end)));
    };
  }

  private learn(form: string): void {
    const start = form.charAt(0);
    this.formsByStart.set(start, [...(this.formsByStart.get(start) ?? []), form]);
    this.longest = Math.max(this.longest, form.length);
  }

  /** Where what may be a beginning begins; the length of the text where there is none. */
  private safeEnd(text: string): number {
    const begin = this.firstBeginning(text);
    if (begin === text.length || this.pattern === null) return begin;
    // Never within a whole one.
    const around = [...text.matchAll(this.pattern)].find(
      ({ index, 0: found }) => index < begin && begin < index + found.length,
    );
    return around?.index ?? begin;
  }

  private firstBeginning(text: string): number {
    for (let at = Math.max(0, text.length - this.longest + 1); at < text.length; at += 1) {
      const forms = this.formsByStart.get(text.charAt(at)) ?? [];
      const rest = text.length - at;
      if (forms.some((form) => form.length > rest && text.endsWith(form.slice(0, rest)))) return at;
    }
    return text.length;
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

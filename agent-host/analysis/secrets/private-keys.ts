/** A private key with its body. `encrypted` if a passphrase is needed to use it. */
export interface PrivateKey {
  readonly length: number;
  readonly encrypted: boolean;
}

const opening = /-----BEGIN ((?:[A-Z0-9]{2,12} ){0,3})PRIVATE KEY(?: BLOCK)?-----/y;
const maxKeyLength = 20_000;

/** The private key that begins at `at`; undefined if there is no real body, as in documentation and parsers. */
export function privateKeyAt(text: string, at: number): PrivateKey | undefined {
  opening.lastIndex = at;
  const match = opening.exec(text);
  if (match === null) return undefined;
  const start = opening.lastIndex;
  const end = text.slice(start, start + maxKeyLength).indexOf("-----END ");
  if (end === -1) return undefined;
  const raw = text.slice(start, start + end);
  // Keys also stand in strings: with `\n` written out, with quotes and plus signs around each line.
  const body = raw
    .replaceAll(/\\[nrt]|[\s"'`+,;#>|\\]/g, "")
    .replace(/^(?:Proc-Type:|Version:|DEK-Info:|Comment:)[^=]{0,80}/, "");
  const length = start + end - at;
  const encrypted = /ENCRYPTED/.test(`${match[1]}${raw.slice(0, 200)}`);
  if (encrypted || match[1]?.startsWith("PGP")) return body.length > 200 ? { length, encrypted } : undefined;
  return isKeyBody(body) ? { length, encrypted } : undefined;
}

/** DER begins with a sequence; OpenSSH's own format with its name. */
function isKeyBody(body: string): boolean {
  if (body.length < 60 || !/^[A-Za-z0-9/=]+$/.test(body.replaceAll("+", ""))) return false;
  const head = Buffer.from(body.slice(0, 40), "base64");
  return head[0] === 0x30 || head.toString("latin1").startsWith("openssh-key-v1");
}

import type { Severity } from "../../../protocol/finding.ts";
import type { Rule } from "../../rules/rule.ts";

function security(
  name: string,
  severity: Severity,
  text: { readonly title: string; readonly why: string; readonly remedy: string },
): Rule {
  return { id: `security/${name}`, category: "security", severity, ...text };
}

export const codeFromText = security("code-from-text", "warning", {
  title: "Text run as code",
  why: "Whoever can influence the text runs code with all rights of this process or page.",
  remedy:
    "Parse data as data (JSON.parse), choose from a table of functions, or pass a function instead of a string.",
});

export const shellCommand = security("shell-command", "warning", {
  title: "Shell command built from a value",
  why: "The shell interprets quotes, spaces and `;` in the value: it can end this command and start another.",
  remedy: "Use execFile or spawn with an argument array and without a shell.",
});

export const sqlText = security("sql-text", "warning", {
  title: "SQL built from a value",
  why: "A value inside the SQL text can change the statement: read other rows, or delete them.",
  remedy: "Pass the value as a parameter of the query (`?`, `$1`, `:name`).",
});

export const htmlFromText = security("html-from-text", "warning", {
  title: "HTML built from a value",
  why: "A value that contains markup runs as script in the reader's session.",
  remedy: "Set textContent, let the framework escape it, or clean it with a sanitizer such as DOMPurify.",
});

export const tlsUnverified = security("tls-unverified", "error", {
  title: "TLS certificate not verified",
  why: "Anyone on the network path can pose as the server and read or change everything sent.",
  remedy: "Verify certificates; for a private authority pass its certificate with the `ca` option.",
});

export const weakPasswordHash = security("weak-password-hash", "error", {
  title: "Password hashed with a fast hash",
  why: "Fast hashes can be tried billions of times a second once the table leaks.",
  remedy: "Use scrypt, argon2 or bcrypt with a salt for each password.",
});

export const weakCipher = security("weak-cipher", "warning", {
  title: "Broken cipher or mode",
  why: "DES, RC4 and ECB mode reveal the text, or patterns in it, to whoever holds the ciphertext.",
  remedy: "Use aes-256-gcm with a random nonce for each message.",
});

export const weakRandom = security("weak-random", "warning", {
  title: "Secret made with Math.random",
  why: "Math.random can be predicted from a few of its values, so the secret can be guessed.",
  remedy: "Use crypto.randomBytes, crypto.randomUUID or crypto.getRandomValues.",
});

export const tokenUnverified = security("token-unverified", "error", {
  title: "Token accepted without proof",
  why: "Without a checked signature anyone can write a token and be anyone.",
  remedy: "Verify with a fixed list of real algorithms and a key.",
});

export const pathFromRequest = security("path-from-request", "error", {
  title: "File path taken from a request",
  why: "With `../` in the value the request reads or writes any file this process can.",
  remedy: "Resolve the path and check that it lies below the intended folder, or look the name up in a list.",
});

export const patternFromRequest = security("pattern-from-request", "warning", {
  title: "Regular expression taken from a request",
  why: "A crafted pattern can keep this process busy for hours.",
  remedy: "Escape the value before it goes into the pattern, or search with includes.",
});

export const redirectFromRequest = security("redirect-from-request", "warning", {
  title: "Redirect to an address from a request",
  why: "A link to this site can lead its readers anywhere, such as to a copy of the login page.",
  remedy: "Allow only relative paths or a list of known hosts.",
});

export const requestForgery = security("request-forgery", "warning", {
  title: "Server calls an address from a request",
  why: "The caller chooses which host inside the network this server talks to.",
  remedy: "Compare the host with a list before calling it.",
});

export const queryFromRequest = security("query-from-request", "warning", {
  title: "Database filter taken from a request",
  why: "An object in the request can carry operators such as $ne or $where and match other records.",
  remedy: "Take single fields and convert them to strings or numbers, or validate with a schema.",
});

export const openMessage = security("open-message", "info", {
  title: "Message sent to any origin",
  why: "Whatever page is in the target window receives the message.",
  remedy: 'Name the expected origin instead of "*".',
});

export const openCors = security("open-cors", "warning", {
  title: "Any site may call with the user's cookies",
  why: "Every origin is reflected and credentials are allowed, so any page can act as the signed-in user.",
  remedy: "List the origins that may send credentials.",
});

export const unsafeWindow = security("unsafe-window", "warning", {
  title: "Electron protection switched off",
  why: "Script in the page gets Node or skips the same-origin rule: a cross-site script becomes code on the machine.",
  remedy:
    "Keep contextIsolation and webSecurity on and nodeIntegration off; expose what is needed in a preload script.",
});

export const unsafeDeserialization = security("unsafe-deserialization", "error", {
  title: "Deserializer that runs code",
  why: "The format can carry functions, which run while the data is read.",
  remedy: "Use JSON and validate it.",
});

export const unsafeRules: readonly Rule[] = [
  codeFromText,
  shellCommand,
  sqlText,
  htmlFromText,
  tlsUnverified,
  weakPasswordHash,
  weakCipher,
  weakRandom,
  tokenUnverified,
  pathFromRequest,
  patternFromRequest,
  redirectFromRequest,
  requestForgery,
  queryFromRequest,
  openMessage,
  openCors,
  unsafeWindow,
  unsafeDeserialization,
];

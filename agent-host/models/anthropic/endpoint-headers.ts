import { version } from "../../core/version.ts";
import type { EndpointSettings } from "../endpoint.ts";
import { ModelError } from "../model-error.ts";

/** Version of the Messages API that is spoken, where an endpoint's own headers do not name another. */
export const apiVersion = "2026-10-21";

/** What is sent with one call, and what of it must never be told. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/**
 * The headers of a call: these and no others, whatever the environment of the process says.
 *
 * @throws ModelError `model.noKey` where the endpoint needs a key and there is none that can be sent.
 */
export function credentialsOf({ name, auth, headers, key }: EndpointSettings): Credentials {
  const secret = auth === "none" ? null : keyOf(name, key());
  const own = Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value] as const);
  const sent: Record<string, string> = {
    accept: "application/json",
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": `agent-team/${version}`,
    "anthropic-version": apiVersion,
    ...Object.fromEntries(own),
  };
  if (secret !== null && (auth === "apiKey" || auth === "both")) sent["x-api-key"] = secret;
  if (secret !== null && (auth === "bearer" || auth === "both")) sent.authorization = `Bearer ${secret}`;
  const secrets = own.filter(([header]) => mayBeSecret.test(header)).map(([, value]) => value);
  return { headers: sent, secrets: secret === null ? secrets : [secret, ...secrets] };
}

const mayBeSecret = /key|token|auth|secret|cookie|password/;

function keyOf(endpoint: string, key: string | null): string {
  const trimmed = key?.trim() ?? "";
  // Only what may stand in a header; the key itself is not shown.
  if (/^[\x21-\x7e]{1,4096}$/.test(trimmed)) return trimmed;
  const problem = trimmed === "" ? "There is no key" : "The key has characters that no key has";
  throw new ModelError("model.noKey", `${problem} for ${endpoint}`, {
    hint: "Give one: in the editor by “Set API Key”, else in the variable ANTHROPIC_API_KEY or the key variable that config.yaml names",
  });
}

/** `text` in one line, at most so long, without control characters and without any of the secrets. */
export function safeWords(text: string, secrets: readonly string[], most = 500): string {
  const hidden = secrets
    .filter((secret) => secret.length > 3)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
    .reduce((left, secret) => left.replaceAll(secret, "[hidden]"), text.slice(0, 1_000_000));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const line = hidden.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most)}…`;
}

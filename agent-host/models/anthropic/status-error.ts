import { ModelError, type Retry } from "../model-error.ts";

/** What an endpoint says when it refuses. */
export interface Refusal {
  readonly status: number;
  /** `error.type` of its body (`invalid_request_error`, …); null where there is none. */
  readonly type: string | null;
  /** Its words, already bounded and without secrets; empty where there are none. */
  readonly words: string;
  readonly retryAfterMs: number | null;
}

interface Meaning {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retry: Retry;
}

/** The failure that a refusal of the endpoint named `endpoint` means (Messages API, errors). */
export function errorOfRefusal(endpoint: string, refusal: Refusal): ModelError {
  const { code, message, hint, retry } = meaningOf(refusal);
  const words = refusal.words === "" ? "" : `: ${refusal.words}`;
  const wait = refusal.retryAfterMs === null ? {} : { retryAfterMs: refusal.retryAfterMs };
  return new ModelError(code, `${endpoint} ${message} (status ${refusal.status})${words}`, {
    hint,
    retry,
    status: refusal.status,
    ...wait,
  });
}

/** The status that a failure has which is told inside a stream, where there is none. */
export function statusOfType(type: string | null): number {
  return (type === null ? undefined : statuses[type]) ?? 500;
}

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

// Words for a conversation that is longer than the model can read: Anthropic's, and those of servers that imitate it.
const tooLong =
  /(prompt|input|request|conversation|messages?) (is|are) too (long|large)|context[ _](window|length|limit|size)|too many (input )?tokens|exceeds? the (maximum|model's) (context|input)/i;

function meaningOf(refusal: Refusal): Meaning {
  const { status, type } = refusal;
  if (isBilling(refusal)) return meanings.quota;
  if (status === 529 || type === "overloaded_error") return meanings.overloaded;
  if (status === 429 || type === "rate_limit_error") return limited(refusal);
  if (status >= 500 || status === 408 || status === 409) return meanings.serverError;
  if (status === 401 || status === 403) return meanings.unauthorized;
  if (status === 404) return meanings.unknown;
  if (status === 413 || (status === 400 && tooLong.test(refusal.words))) return meanings.contextFull;
  return status >= 300 && status < 400 ? meanings.redirect : meanings.refused;
}

/** Anthropic tells of an empty account as of a bad request, those that imitate it as of a limit. */
function isBilling({ status, type, words }: Refusal): boolean {
  if (status === 402 || type === "billing_error" || type === "insufficient_quota") return true;
  return status >= 400 && status < 500 && noMoney.test(words);
}

const noMoney =
  /credit balance is too low|exceeded your current quota|insufficient (credits?|funds|balance|quota)/i;

function limited({ retryAfterMs }: Refusal): Meaning {
  const hint = retryAfterMs === null ? "Try again later" : `Try again after ${retryAfterMs} ms`;
  return { code: "model.rateLimited", message: "limits the rate", hint, retry: "free" };
}

const meanings = {
  overloaded: { code: "model.overloaded", message: "is overloaded", hint: "Try again later", retry: "free" },
  serverError: { code: "model.serverError", message: "failed", hint: "Try again later", retry: "free" },
  unauthorized: {
    code: "model.unauthorized",
    message: "does not accept the key",
    hint: "Give a key that may use this model: in the editor by “Set API Key”, else in the variable ANTHROPIC_API_KEY or the key variable that config.yaml names",
    retry: "never",
  },
  quota: {
    code: "model.quota",
    message: "takes no more calls from this account: its credit is used up",
    hint: "Add credit to the account, or give another key",
    retry: "never",
  },
  unknown: {
    code: "model.unknown",
    message: "does not know this model or this address",
    hint: "Look at the model's name and the endpoint's address in the settings",
    retry: "never",
  },
  contextFull: {
    code: "model.contextFull",
    message: "cannot read so much at once",
    hint: "Shorten the conversation, or choose a model that reads more",
    retry: "never",
  },
  redirect: {
    code: "model.refused",
    message: "answers with a redirect, which is not followed",
    hint: "Give the endpoint the address to which it redirects",
    retry: "never",
  },
  refused: {
    code: "model.refused",
    message: "refused the request",
    hint: "Look at what was asked: the same call would be refused again",
    retry: "never",
  },
} as const satisfies Record<string, Meaning>;

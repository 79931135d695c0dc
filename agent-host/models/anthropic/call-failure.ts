import { HostError, systemErrorCode } from "../../core/host-error.ts";
import type { Usage } from "../../protocol/task.ts";
import type { EndpointSettings } from "../endpoint.ts";
import { ModelError, type ModelErrorOptions } from "../model-error.ts";
import { costUsd } from "../prices.ts";
import type { AnswerReader } from "./answer-reader.ts";
import { isRecord } from "./api-blocks.ts";
import type { CallWatch, Stall } from "./call-watch.ts";
import { type Credentials, safeWords } from "./endpoint-headers.ts";
import type { Exchange } from "./exchange.ts";
import { addressOf } from "./http-fetch.ts";
import type { CallSetting } from "./message-call.ts";
import { retryAfterOf } from "./retry-after.ts";
import { errorOfRefusal, statusOfType } from "./status-error.ts";

export interface FailedCall {
  readonly setting: Pick<CallSetting, "endpoint" | "model" | "clock">;
  readonly credentials: Pick<Credentials, "secrets">;
  readonly watch: Pick<CallWatch, "stall">;
  readonly exchange: Exchange;
  /** Absent where no stream was asked for. */
  readonly reader?: AnswerReader;
}

/**
 * What a failed call means for whoever made it: the signal's reason, what a listener threw, or a `ModelError`. What the
 * SDK threw is never passed on: it holds what the server said, which may repeat a key.
 */
export function failureOfCall(error: unknown, call: FailedCall, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const { exchange, watch, setting } = call;
  if (exchange.listenerFailure !== null) return exchange.listenerFailure.error;
  if (watch.stall !== null) return stalled(watch.stall, call);
  if (exchange.reply === null)
    return unreachable(reasonOf(exchange, setting.endpoint), setting.endpoint.name);
  if (isRecord(error) && typeof error.status === "number") return refused(error, error.status, call);
  if (isRecord(error) && error.error !== undefined && !(error instanceof ModelError))
    return toldInStream(error, call);
  return brokenOff(error, call);
}

function stalled({ kind, limitMs }: Stall, call: FailedCall): ModelError {
  const { name } = call.setting.endpoint;
  const what = kind === "total" ? "did not finish" : "sent nothing";
  return new ModelError("model.stalled", `${name} ${what} within ${limitMs} ms`, {
    hint: "Ask again",
    ...paid(call),
  });
}

// Where nobody was asked, the SDK could make nothing of the address.
function reasonOf({ connectFailure }: Exchange, { baseUrl }: EndpointSettings): unknown {
  if (connectFailure !== null) return connectFailure;
  try {
    addressOf(baseUrl);
    return undefined;
  } catch (error) {
    return error;
  }
}

function unreachable(error: unknown, endpoint: string): ModelError {
  const code = error instanceof HostError ? error.code : systemErrorCode(error);
  const isForGood = error instanceof HostError ? code === "http.address" : isCertificateError(code);
  const reason = error instanceof HostError ? error.message : (code ?? "the connection failed");
  return new ModelError("model.unreachable", `${endpoint} cannot be reached: ${reason}`, {
    hint: isForGood
      ? "Look at the endpoint's address in the settings"
      : "Look whether this machine is online and the endpoint's address is right",
    retry: isForGood ? "never" : "free",
    ...(error === undefined ? {} : { cause: error }),
  });
}

function isCertificateError(code: string | undefined): boolean {
  return code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|^ERR_TLS/.test(code);
}

function refused(error: Readonly<Record<string, unknown>>, status: number, call: FailedCall): ModelError {
  const { reply } = call.exchange;
  const retryAfterMs = reply === null ? null : retryAfterOf(reply.headers, call.setting.clock.now());
  return errorOfRefusal(call.setting.endpoint.name, { status, ...bodyOf(error, call), retryAfterMs });
}

// Before the answer began it is the same as a refusal; after that it was paid for.
function toldInStream(error: Readonly<Record<string, unknown>>, call: FailedCall): ModelError {
  const { type, words } = bodyOf(error, call);
  const { name } = call.setting.endpoint;
  if (call.reader?.hasBegun !== true) {
    return errorOfRefusal(name, { status: statusOfType(type), type, words, retryAfterMs: null });
  }
  const what = [type ?? "an error", words].filter((part) => part !== "").join(": ");
  return new ModelError("model.cut", `${name} broke off its answer with ${what}`, {
    hint: "Ask again",
    ...paid(call),
  });
}

function brokenOff(error: unknown, call: FailedCall): ModelError {
  const { exchange, reader, setting } = call;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof ModelError) {
    return new ModelError(cause.code, cause.message, { ...hintOf(cause), ...paid(call) });
  }
  const wasCut =
    cause instanceof HostError ? cause.code === "http.endedEarly" : systemErrorCode(cause) !== undefined;
  if (wasCut || !exchange.hasBody) {
    const message = `${setting.endpoint.name} ended the connection in the middle of its answer`;
    return new ModelError("model.cut", message, { hint: "Ask again", ...paid(call) });
  }
  const reason =
    cause instanceof HostError ? cause.message : reader?.hasBegun === true ? "it is garbled" : "it is none";
  return new ModelError(
    "model.badStream",
    `${setting.endpoint.name} sent an answer that cannot be read: ${reason}`,
    {
      hint: "Ask again; if it stays so, look whether this endpoint speaks the Messages API of Anthropic",
      ...paid(call),
    },
  );
}

function hintOf({ hint }: ModelError): Pick<ModelErrorOptions, "hint"> {
  return hint === undefined ? {} : { hint };
}

function paid({ reader, setting }: FailedCall): Pick<ModelErrorOptions, "retry" | "usage"> {
  const tokens = reader?.tokensSoFar ?? null;
  if (tokens === null) return { retry: "paid" };
  const usage: Usage = { ...tokens, costUsd: costUsd(setting.model, tokens) };
  return { retry: "paid", usage };
}

function bodyOf(
  error: Readonly<Record<string, unknown>>,
  call: FailedCall,
): { type: string | null; words: string } {
  const body = isRecord(error.error) ? error.error : {};
  // Anthropic puts it under `error`; some that imitate it do not.
  const inner = isRecord(body.error) ? body.error : body;
  const words =
    typeof inner.message === "string" ? inner.message : typeof body.error === "string" ? body.error : "";
  const type = typeof inner.type === "string" && inner.type !== "error" ? inner.type : null;
  return {
    type: type === null ? null : safeWords(type, call.credentials.secrets, 60),
    words: safeWords(words, call.credentials.secrets),
  };
}

import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import { HostError, messageOf } from "../core/host-error.ts";
import { applicationErrorCode, type ErrorData, errorDataSchema } from "../protocol/errors.ts";

/** How a failure of ours goes to the other end, which reads it with `fromResponseError`. */
export function toResponseError(error: HostError): ResponseError<ErrorData> {
  const code = error.code === "rpc.invalidParams" ? ErrorCodes.InvalidParams : applicationErrorCode;
  const data: ErrorData =
    error.hint === undefined ? { code: error.code } : { code: error.code, hint: error.hint };
  return new ResponseError(code, error.message, data);
}

/** The failure that the other end told; null where it is none of ours: the connection's own, or a foreign peer's. */
export function fromResponseError(error: unknown): HostError | null {
  if (!(error instanceof ResponseError)) return null;
  const data = errorDataSchema.safeParse(error.data);
  if (!data.success) return null;
  const { code, hint } = data.data;
  return new HostError(code, error.message, hint === undefined ? { cause: error } : { hint, cause: error });
}

/** A request that failed on its way, or in a way the other end has no word for. */
export function failedRequest(error: unknown): HostError {
  return new HostError("rpc.failed", `The request failed: ${messageOf(error)}`, { cause: error });
}

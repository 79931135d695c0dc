import { isHostError, messageOf } from "../../agent-host/core/host-error.ts";
import type { ProblemView } from "../../agent-host/protocol/webview.ts";

/** What went wrong, what to do, and the code, of anything thrown. */
export function plainProblem(error: unknown, t: (message: string) => string): ProblemView {
  if (isHostError(error)) return { message: error.message, hint: error.hint ?? null, code: error.code };
  if (error instanceof Error && error.name === "TimeoutError") {
    return {
      message: t("The host did not answer in time"),
      hint: t("What it works on goes on. Try again, or look at its log"),
      code: "host.slow",
    };
  }
  return { message: messageOf(error), hint: null, code: null };
}

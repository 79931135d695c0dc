import type { CodeAnalysis } from "../protocol/analysis.ts";
import type { AnalysisEvent, AnalysisLimits } from "./engine.ts";
import type { Answer, Query } from "./queries/query.ts";

/** What the host sends to an analysis process, once. */
export type ToProcess = ProcessRequest | Query;

/** A whole analysis. */
export interface ProcessRequest {
  readonly root: string;
  readonly paths?: readonly string[];
  readonly changes?: ReadonlyMap<string, number>;
  readonly limits?: Partial<AnalysisLimits>;
}

/** What the process sends back; `result`, `answer` or `failed` is the last. */
export type FromProcess =
  | { readonly kind: "event"; readonly event: AnalysisEvent }
  | { readonly kind: "result"; readonly analysis: CodeAnalysis }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly hint?: string };

import type { CodeAnalysis } from "../protocol/analysis.ts";
import type { AnalysisEvent, AnalysisLimits } from "./engine.ts";
import type { Examination } from "./examine-file.ts";

/** What a thread is started for. `current` names the file it has begun: see `current-file.ts`. */
export type WorkerStart =
  | {
      readonly kind: "analysis";
      readonly root: string;
      readonly limits: AnalysisLimits;
      readonly paths: readonly string[];
      /** Commits by file come in a later message. */
      readonly awaitsChanges: boolean;
      /** Threads that parse, this one included; chosen by the number of files when undefined. */
      readonly threads: number | undefined;
      readonly current: SharedArrayBuffer;
    }
  | {
      readonly kind: "parser";
      readonly root: string;
      readonly maxFileBytes: number;
      readonly current: SharedArrayBuffer;
    };

export type ToAnalysis =
  | { readonly kind: "changes"; readonly changes: ReadonlyMap<string, number> }
  | { readonly kind: "update"; readonly changedPaths: readonly string[] };

export type FromAnalysis =
  | { readonly kind: "event"; readonly event: AnalysisEvent }
  | { readonly kind: "result"; readonly analysis: CodeAnalysis }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    };

/** `next` is a shared counter: each thread takes the next few paths until none are left. */
export interface ToParser {
  readonly paths: readonly string[];
  readonly next: SharedArrayBuffer;
}

export type FromParser =
  | { readonly kind: "examined"; readonly examinations: readonly Examination[] }
  | { readonly kind: "done" };

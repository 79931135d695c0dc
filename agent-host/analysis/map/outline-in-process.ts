import { type ProcessOptions, runQueryProcess } from "../run-process.ts";
import type { RepositoryOutline } from "./outline.ts";

/**
 * Reads a folder for maps of it, in a process of its own.
 *
 * @throws like `runAnalysisProcess`.
 */
export async function outlineInProcess(
  root: string,
  options: Pick<ProcessOptions, "processUrl" | "env">,
  signal: AbortSignal,
): Promise<RepositoryOutline> {
  // The answer is of the query's kind: `answerQuery`.
  return (await runQueryProcess({ kind: "outline", root }, options, signal)) as RepositoryOutline;
}

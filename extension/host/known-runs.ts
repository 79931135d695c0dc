import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunSummary, runSummarySchema } from "../../agent-host/protocol/run.ts";

const maxBytes = 8 * 1024 * 1024;

/**
 * The runs that the folder's last host listed in `views/runs.json`, newest first; [] if it cannot be read.
 * Only a look: the journal is the truth, and a host rebuilds the list from it.
 */
export async function knownRuns(stateFolder: string): Promise<RunSummary[]> {
  try {
    return parseKnownRuns(await readFile(join(stateFolder, "views", "runs.json"), "utf8"));
  } catch {
    // No host ran here yet, or the view was deleted: nothing is known, and that is no fault.
    return [];
  }
}

/** Lines that do not fit are left out. @throws SyntaxError if the text is no JSON. */
export function parseKnownRuns(text: string): RunSummary[] {
  if (text.length > maxBytes) return [];
  const view: unknown = JSON.parse(text);
  if (typeof view !== "object" || view === null || !("runs" in view) || !Array.isArray(view.runs)) return [];
  return view.runs
    .map((line: unknown) => runSummarySchema.safeParse((line as { summary?: unknown } | null)?.summary))
    .flatMap((parsed) => (parsed.success ? [withoutHost(parsed.data)] : []))
    .sort((one, other) => other.createdAt.localeCompare(one.createdAt));
}

/** Without a host nobody works on an unfinished run. */
function withoutHost(run: RunSummary): RunSummary {
  return run.finishedAt === null ? { ...run, status: "interrupted" } : run;
}

import { formatDay, formatElapsed, totalFindings } from "../agent-host/protocol/display.ts";
import type { RunRef, RunRow } from "../agent-host/protocol/webview.ts";
import { runMarks } from "./header-model.ts";
import type { TeamState } from "./team-state.ts";
import type { Mark } from "./timeline-model.ts";
import { findingsText, type Language, statusWord } from "./words.ts";

export interface RunLine {
  readonly ref: RunRef;
  readonly title: string;
  readonly mark: Mark;
  readonly word: string;
  readonly detail: string;
  readonly tooltip: string;
}

export interface RunDay {
  readonly day: string;
  readonly lines: readonly RunLine[];
}

/** At most this many lines are in the page; the search finds the others. */
export const maxRunLines = 100;

/** Runs whose title has all words of `search`, newest first, grouped by day. Pure. */
export function runDaysOf(
  state: Pick<TeamState, "runs" | "folders">,
  search: string,
  language: Language,
): RunDay[] {
  const wanted = search.toLocaleLowerCase(language.locale).split(/\s+/).filter(Boolean);
  const rows = [...state.runs.values()]
    .filter(({ run }) => {
      const title = run.title.toLocaleLowerCase(language.locale);
      return wanted.every((word) => title.includes(word));
    })
    .sort((one, other) => other.run.createdAt.localeCompare(one.run.createdAt))
    .slice(0, maxRunLines);
  const days = new Map<string, RunLine[]>();
  for (const row of rows) {
    const day = formatDay(row.run.createdAt, new Date(language.nowMs), language.locale);
    days.set(day, [...(days.get(day) ?? []), lineOf(row, state.folders, language)]);
  }
  return [...days].map(([day, lines]) => ({ day, lines }));
}

function lineOf({ workspaceId, run }: RunRow, folders: TeamState["folders"], language: Language): RunLine {
  const { words, nowMs } = language;
  const time = run.status === "interrupted" ? "" : formatElapsed(run.createdAt, run.finishedAt, nowMs);
  const folder =
    folders.length > 1 ? folders.find((each) => each.workspaceId === workspaceId)?.name : undefined;
  const title = run.title === "" ? words.untitledRun : run.title;
  const word = statusWord(run.status, words);
  const found = findingsText(run.findings, language);
  // What failed or is open says so in words; what is done says what it found and how long it took.
  const result =
    run.status === "done"
      ? [totalFindings(run.findings) === 0 ? "" : shortFindings(run, language), time]
      : [word];
  return {
    ref: { workspaceId, runId: run.runId },
    title,
    mark: runMarks[run.status],
    word,
    detail: [folder ?? "", ...result].filter(Boolean).join(" · "),
    tooltip: [title, folder ?? "", word, found, time].filter(Boolean).join("\n"),
  };
}

function shortFindings(run: RunRow["run"], language: Language): string {
  const [worst = ""] = findingsText(run.findings, language).split(" · ");
  return worst;
}

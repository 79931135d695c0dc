import type { ChangeSummary } from "../../agent-host/protocol/change-set.ts";
import {
  agentNames,
  formatDuration,
  formatElapsed,
  formatTime,
  formatUsage,
} from "../../agent-host/protocol/display.ts";
import type { SeverityCounts } from "../../agent-host/protocol/finding.ts";
import type { Phase } from "../../agent-host/protocol/phase.ts";
import type { RunStatus, RunSummary } from "../../agent-host/protocol/run.ts";
import type { PhaseState, RunState, TaskState } from "../../agent-host/protocol/state/schemas.ts";
import { type RowIcon, type RowLanguage, rowIcons, type Translate, type TreeRow } from "./tree-row.ts";

/** A run with the folder it belongs to; `folder` is "" in a window with one folder. */
export interface ListedRun {
  readonly workspaceId: string;
  readonly folder: string;
  readonly run: RunSummary;
  /** How its change stands, where that is known; commands go by it. */
  readonly change?: ChangeSummary["state"] | undefined;
}

/** Newest first, over all folders. */
export function sortedRuns(runs: readonly ListedRun[]): ListedRun[] {
  return [...runs].sort((one, other) => other.run.createdAt.localeCompare(one.run.createdAt));
}

/** Row of a run: goal; what it does or came to. Pure. */
export function runRow({ workspaceId, folder, run, change }: ListedRun, language: RowLanguage): TreeRow {
  const { t, locale } = language;
  const label = run.title === "" ? t("Run without a goal text") : run.title;
  const time =
    run.status === "interrupted" ? "" : formatElapsed(run.createdAt, run.finishedAt, language.nowMs);
  const facts =
    run.status === "running"
      ? [workingText(run, t)]
      : run.status === "waiting"
        ? [statusWord(run.status, t), run.phase ?? ""]
        : endFacts(run, time, language);
  const description = joined([folder, ...facts]);
  return {
    id: `run ${workspaceId} ${run.runId}`,
    label,
    description,
    tooltip: lines([
      label,
      joined([folder, statusWord(run.status, t), run.phase ?? ""]),
      joined([t("started {0}", formatTime(run.createdAt, locale)), time]),
      countsText(run.findings, language),
      joined([
        t("profile {0}", run.profile),
        t("provider {0}", run.provider),
        formatUsage(run.usage, t("no price")),
      ]),
      run.runId,
    ]),
    icon: runIcons[run.status],
    contextValue: change === undefined ? `run.${run.status}` : `run.${run.status}.${change}`,
    expands: isLive(run) ? "open" : "closed",
    spoken: joined([label, statusWord(run.status, t), description]),
  };
}

/** Rows of the phases that a run entered, and of the next ones. Pure. */
export function phaseRows(
  workspaceId: string,
  run: RunState,
  language: RowLanguage,
): (TreeRow & { phase: Phase })[] {
  const { t } = language;
  return run.phases.map((phase) => {
    const tasks = tasksOf(run, phase.phase);
    const isStopped = phase.status === "working" && !isLive(run);
    const icon = isStopped ? runIcons[run.status] : phaseIcons[phase.status];
    const description = phaseText(phase, run, language);
    const word = isStopped ? statusWord(run.status, t) : phaseWord(phase.status, t);
    return {
      phase: phase.phase,
      id: `phase ${workspaceId} ${run.runId} ${phase.phase}`,
      label: phase.phase,
      description,
      tooltip: lines([joined([phase.phase, word]), ...failedCriteria(phase, t)]),
      icon,
      contextValue: `phase.${phase.status}`,
      expands: tasks.length === 0 ? "never" : phase.status === "passed" ? "closed" : "open",
      spoken: joined([phase.phase, word, description]),
    };
  });
}

/** Rows of the tasks of one phase, in the order they were planned. Pure. */
export function taskRows(workspaceId: string, run: RunState, phase: Phase, language: RowLanguage): TreeRow[] {
  return tasksOf(run, phase).map((task) => taskRow(workspaceId, run, task, language));
}

export function statusWord(status: RunStatus, t: Translate): string {
  const words: Readonly<Record<RunStatus, string>> = {
    running: t("working"),
    waiting: t("waits for you"),
    paused: t("paused"),
    done: t("done"),
    failed: t("failed"),
    cancelled: t("cancelled"),
    interrupted: t("interrupted"),
  };
  return words[status];
}

/** `3 errors · 41 warnings · 120 notes`, zeros left out; "no findings". */
export function countsText(counts: SeverityCounts, { t, locale }: Pick<RowLanguage, "t" | "locale">): string {
  const number = new Intl.NumberFormat(locale);
  const parts = [
    counts.error === 1 ? t("1 error") : counts.error > 0 ? t("{0} errors", number.format(counts.error)) : "",
    counts.warning === 1
      ? t("1 warning")
      : counts.warning > 0
        ? t("{0} warnings", number.format(counts.warning))
        : "",
    counts.info === 1 ? t("1 note") : counts.info > 0 ? t("{0} notes", number.format(counts.info)) : "",
  ];
  return joined(parts) || t("no findings");
}

function taskRow(workspaceId: string, run: RunState, task: TaskState, language: RowLanguage): TreeRow {
  const { t } = language;
  const isStopped = task.status === "working" && !isLive(run);
  const agent = agentNames[task.agentType];
  const word = isStopped ? statusWord(run.status, t) : t(task.status);
  const time =
    task.startedAt === null || task.finishedAt === null
      ? ""
      : formatDuration(Date.parse(task.finishedAt) - Date.parse(task.startedAt));
  const after = task.status === "planned" ? afterText(run, task, t) : "";
  const failed = task.status === "failed" || task.status === "refused" ? task.summary : "";
  const description = joined([agent, after, time, failed]);
  return {
    id: `task ${workspaceId} ${run.runId} ${task.taskId}`,
    label: task.title,
    description,
    tooltip: lines([
      task.title,
      joined([agent, word, time, task.attempt > 1 ? t("attempt {0}", task.attempt) : ""]),
      task.summary,
      task.confidence === null ? "" : t("confidence {0} %", Math.round(task.confidence * 100)),
      task.taskId,
    ]),
    icon: isStopped ? runIcons[run.status] : taskIcons[task.status],
    contextValue: `task.${task.status}`,
    expands: "never",
    spoken: joined([task.title, word, description]),
  };
}

const runIcons: Readonly<Record<RunStatus, RowIcon>> = {
  running: rowIcons.working,
  waiting: rowIcons.needsYou,
  paused: rowIcons.paused,
  interrupted: rowIcons.paused,
  done: rowIcons.passed,
  failed: rowIcons.failed,
  cancelled: rowIcons.cancelled,
};

const phaseIcons: Readonly<Record<PhaseState["status"], RowIcon>> = {
  waiting: rowIcons.waiting,
  working: rowIcons.working,
  needsPerson: rowIcons.needsYou,
  passed: rowIcons.passed,
  failed: rowIcons.failed,
  rejected: rowIcons.failed,
  void: rowIcons.void,
};

const taskIcons: Readonly<Record<TaskState["status"], RowIcon>> = {
  planned: rowIcons.waiting,
  working: rowIcons.working,
  done: rowIcons.passed,
  failed: rowIcons.failed,
  refused: rowIcons.failed,
  cancelled: rowIcons.cancelled,
};

function phaseWord(status: PhaseState["status"], t: Translate): string {
  return status === "needsPerson" ? t("needs you") : t(status);
}

/** A host works on it, or would once a person answered. */
function isLive({ status }: Pick<RunSummary, "status">): boolean {
  return status === "running" || status === "waiting";
}

function tasksOf(run: RunState, phase: Phase): TaskState[] {
  return Object.values(run.tasksById).filter((task) => task.phase === phase);
}

function workingText(run: RunSummary, t: Translate): string {
  const tasks = run.tasks.total === 0 ? "" : t("{0} of {1} tasks", run.tasks.finished, run.tasks.total);
  return joined([run.phase ?? t("preparing"), tasks]);
}

function endFacts(run: RunSummary, time: string, language: RowLanguage): string[] {
  if (run.status !== "done") return [statusWord(run.status, language.t)];
  const [worst = ""] = countsText(run.findings, language).split(" · ");
  return [worst, time, formatUsage(run.usage, language.t("no price"))];
}

function phaseText(phase: PhaseState, run: RunState, { t, nowMs }: RowLanguage): string {
  if (phase.enteredAt === null) return "";
  if (phase.status === "needsPerson" || phase.status === "void") return phaseWord(phase.status, t);
  if (phase.leftAt !== null) return formatElapsed(phase.enteredAt, phase.leftAt, nowMs);
  return isLive(run) ? t("working") : statusWord(run.status, t);
}

function failedCriteria(phase: PhaseState, t: Translate): string[] {
  return phase.evidence
    .filter((evidence) => !evidence.passed)
    .map((evidence) => t("not met: {0}", evidence.reason ?? evidence.criterion.kind));
}

function afterText(run: RunState, task: TaskState, t: Translate): string {
  const open = task.dependsOn
    .map((taskId) => run.tasksById[taskId])
    .flatMap((other) => (other !== undefined && other.status !== "done" ? [other.title] : []));
  return open.length === 0 ? t("planned") : t("after {0}", open.join(", "));
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n");
}

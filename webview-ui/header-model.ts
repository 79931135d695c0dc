import {
  fill,
  formatElapsed,
  formatTimeWithSeconds,
  formatTokens,
  formatUsage,
} from "../agent-host/protocol/display.ts";
import type { Phase } from "../agent-host/protocol/phase.ts";
import { reservedAmount } from "../agent-host/protocol/state/fold-budget.ts";
import type { BudgetState, RunState } from "../agent-host/protocol/state/schemas.ts";
import type { LinkView } from "../agent-host/protocol/webview.ts";
import { type Mark, phaseMarks } from "./timeline-model.ts";
import { findingsText, type Language, statusWord } from "./words.ts";

export interface HeaderModel {
  readonly title: string;
  readonly mark: Mark;
  readonly word: string;
  /** `analysis`, or what the run came to. */
  readonly phase: string;
  /** `phase 3 of 4`; "" before the first. */
  readonly position: string;
  readonly time: string;
  readonly segments: readonly { readonly phase: Phase; readonly mark: Mark }[];
  readonly findings: string;
  readonly cost: string;
  /** Spent and reserved of the limit; "" where nothing is limited or used. */
  readonly budget: string;
  readonly isUnsandboxed: boolean;
  readonly canPause: boolean;
  /** Words to the agents would be heard. */
  readonly canSteer: boolean;
  readonly canCancel: boolean;
  readonly canResume: boolean;
  /** Set while the host is gone: how old what stands here is. */
  readonly asOf: string | null;
}

/** The facts of a run that stand still above its timeline. Pure. */
export function headerOf(run: RunState, link: LinkView, language: Language): HeaderModel {
  const { words, locale, nowMs } = language;
  const isGone = link.kind === "retrying" || link.kind === "stopped";
  // What is finished does not grow old.
  const lostAt = isGone && run.finishedAt === null ? link.lostAt : null;
  const isLive = run.status === "running" || run.status === "waiting";
  const isOpen = isLive || run.status === "paused";
  const mark = runMarks[run.status];
  const index = run.phases.findIndex((phase) => phase.phase === run.phase) + 1;
  const untilMs = lostAt === null ? nowMs : Date.parse(lostAt);
  return {
    title: run.title === "" ? words.untitledRun : run.title,
    mark: lostAt !== null && isOpen ? "paused" : mark,
    word: statusWord(run.status, words),
    phase: isLive ? (run.phase ?? words.noPhaseYet) : statusWord(run.status, words),
    position: index === 0 ? "" : fill(words.phaseCount, index, run.phases.length),
    time: run.status === "interrupted" ? "" : formatElapsed(run.createdAt, run.finishedAt, untilMs),
    segments: run.phases.map((phase) => ({
      phase: phase.phase,
      mark: phase.status === "working" && !isLive ? mark : phaseMarks[phase.status],
    })),
    findings: findingsText(run.findings, language),
    cost: formatUsage(run.usage, words.noPrice) || words.noCost,
    budget: budgetText(run.budget, language),
    isUnsandboxed: run.assurance === "unsandboxed",
    canPause: isLive && link.kind === "live",
    canSteer: isLive && link.kind === "live" && run.provider !== "offline",
    canCancel: isOpen && link.kind === "live",
    canResume: (run.status === "interrupted" || run.status === "paused") && link.kind !== "stopped",
    asOf: lostAt === null ? null : fill(words.asOf, formatTimeWithSeconds(lostAt, locale)),
  };
}

export const runMarks: Readonly<Record<RunState["status"], Mark>> = {
  running: "working",
  waiting: "needsYou",
  paused: "paused",
  interrupted: "paused",
  done: "passed",
  failed: "failed",
  cancelled: "cancelled",
};

/** The money where it is limited, else the tokens; never spent and reserved in one number. */
function budgetText(budget: BudgetState, { words }: Language): string {
  const { limits, spent } = budget;
  const reserved = reservedAmount(budget);
  if (limits.usd !== null && (spent.usd > 0 || reserved.usd > 0)) {
    return budgetLine([spent.usd, reserved.usd, limits.usd], (usd) => `$${usd.toFixed(2)}`, words);
  }
  if (limits.tokens === null || spent.tokens + reserved.tokens === 0) return "";
  const format = (tokens: number): string => fill(words.manyTokens, formatTokens(tokens));
  return budgetLine([spent.tokens, reserved.tokens, limits.tokens], format, words);
}

function budgetLine(
  [spent, reserved, limit]: readonly [number, number, number],
  format: (amount: number) => string,
  words: Language["words"],
): string {
  return reserved === 0
    ? fill(words.budgetLine, format(spent), format(limit))
    : fill(words.budgetReserved, format(spent), format(reserved), format(limit));
}

import { reservedAmount } from "../protocol/state/fold-budget.ts";
import type { BudgetState, RunState } from "../protocol/state/schemas.ts";
import { visible } from "../protocol/visible.ts";
import { commandText } from "./command-text.ts";
import type { RunStop } from "./run-stop.ts";

/** What a command says when it leaves a run that has not ended: why, and the command that lets it go on. */
export function stopText(stop: RunStop, workspace: string): string {
  if (stop.kind === "ended") return "";
  const { state } = stop;
  const resume = `Then go on with: ${commandText(["runs", "resume", state.runId], workspace)}`;
  if (stop.kind === "waiting") {
    return lines(`Run ${state.runId} waits for a person:`, ...waitLines(state, workspace), resume);
  }
  if (stop.cause === "budget") return budgetText(state, workspace);
  const why = `Run ${state.runId} is paused: ${visible(state.reason ?? stop.cause)}`;
  return stop.cause === "approval" ? lines(why, ...waitLines(state, workspace), resume) : lines(why, resume);
}

/** Each id with the command that answers it. */
function waitLines(state: RunState, workspace: string): string[] {
  return openIds(state).map((id) => {
    const run = id.startsWith("g-") ? ["--run", state.runId] : [];
    const isQuestion = state.approvals[id]?.kind === "question";
    const answer = isQuestion ? ["--comment", "YOUR ANSWER"] : [];
    return `  ${id}  ${commandText(["gates", "approve", id, ...run, ...answer], workspace)}`;
  });
}

/** Gates and approvals of this run that wait for a person. */
export function openIds(state: RunState): string[] {
  if (state.waitingFor.length > 0) return [...state.waitingFor];
  const gates = state.phases.flatMap(({ status, gate }) =>
    status === "needsPerson" && gate !== null ? [gate.gateId] : [],
  );
  const approvals = Object.values(state.approvals).filter(({ answer }) => answer === "open");
  return [...gates, ...approvals.map(({ approvalId }) => approvalId)];
}

function budgetText(state: RunState, workspace: string): string {
  const { exhausted } = state.budget;
  const option = exhausted === null ? undefined : budgetOptions[exhausted];
  const extend = option === undefined ? [] : [option.flag, option.placeholder];
  return lines(
    `Run ${state.runId} is paused: the budget is used up`,
    ...budgetLines(state.budget).map((line) => `  ${line}`),
    `Go on with: ${commandText(["runs", "resume", state.runId, ...extend], workspace)}`,
    `Or end it with: ${commandText(["runs", "cancel", state.runId], workspace)}`,
  );
}

const budgetOptions: Readonly<Record<string, { flag: string; placeholder: string }>> = {
  usd: { flag: "--budget-usd", placeholder: "N" },
  tokens: { flag: "--budget-tokens", placeholder: "N" },
  minutes: { flag: "--budget-minutes", placeholder: "N" },
  modelCalls: { flag: "--budget-calls", placeholder: "N" },
};

/** One line for each limit, and for what was used without one. */
export function budgetLines({ limits, spent, reserved, exhausted, warned }: BudgetState): string[] {
  const aside = reservedAmount({ limits, spent, reserved, exhausted, warned });
  const mark = (kind: string): string =>
    exhausted === kind ? "  used up" : warned.includes(kind) ? "  nearly used up" : "";
  const of = (limit: number | null, shown: (amount: number) => string): string =>
    limit === null ? "no limit" : `of ${shown(limit)}`;
  const usd = (amount: number): string => amount.toFixed(amount < 0.01 && amount > 0 ? 4 : 2);
  return [
    `usd         ${usd(spent.usd)} spent, ${usd(aside.usd)} reserved, ${of(limits.usd, usd)}${mark("usd")}`,
    `tokens      ${spent.tokens} spent, ${aside.tokens} reserved, ${of(limits.tokens, String)}${mark("tokens")}`,
    `calls       ${spent.modelCalls} made, ${aside.modelCalls} under way, ${of(limits.modelCalls, String)}${mark("modelCalls")}`,
    ...(limits.minutes === null ? [] : [`minutes     at most ${limits.minutes}${mark("minutes")}`]),
    ...(limits.complexity === null ? [] : [`complexity  at most ${limits.complexity}${mark("complexity")}`]),
  ];
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}

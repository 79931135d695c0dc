import * as vscode from "vscode";
import type { Budget, BudgetExtension } from "../../agent-host/protocol/scope.ts";
import type { RunState } from "../../agent-host/protocol/state/schemas.ts";

type Kind = keyof Budget;

/**
 * Asks for a new limit where a run is paused because one was used up. Null where no limit was; undefined when the
 * person leaves it.
 */
export async function askMoreBudget(run: RunState): Promise<BudgetExtension | null | undefined> {
  const kind = exhaustedKind(run);
  if (kind === null) return null;
  const limit = run.budget.limits[kind];
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t("Resume Run"),
    ignoreFocusOut: true,
    prompt: vscode.l10n.t("The limit of {0} {1} is used up. New limit:", String(limit ?? 0), kindName(kind)),
    value: String(suggested(limit ?? 0)),
    validateInput: (value) =>
      isLimit(value, limit ?? 0) ? undefined : vscode.l10n.t("A number above {0}", String(limit ?? 0)),
  });
  return answer === undefined ? undefined : { [kind]: Number(answer) };
}

function exhaustedKind({ status, pauseCause, budget }: RunState): Kind | null {
  const { exhausted } = budget;
  if (status !== "paused" || pauseCause !== "budget" || exhausted === null) return null;
  return Object.hasOwn(budget.limits, exhausted) ? (exhausted as Kind) : null;
}

function isLimit(value: string, before: number): boolean {
  const number = Number(value);
  return value.trim() !== "" && Number.isFinite(number) && number > before;
}

function suggested(limit: number): number {
  return limit === 0 ? 1 : limit * 2;
}

function kindName(kind: Kind): string {
  const names: Readonly<Record<Kind, string>> = {
    tokens: vscode.l10n.t("tokens"),
    usd: vscode.l10n.t("US dollars"),
    minutes: vscode.l10n.t("minutes"),
    complexity: vscode.l10n.t("complexity points"),
    modelCalls: vscode.l10n.t("model calls"),
  };
  return names[kind];
}

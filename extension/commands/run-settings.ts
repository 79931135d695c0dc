import { open } from "node:fs/promises";
import * as vscode from "vscode";
import { HostError } from "../../agent-host/core/host-error.ts";
import type { Profile } from "../../agent-host/protocol/phase.ts";
import type { ApproveMode, Provider, RunRequest } from "../../agent-host/protocol/run.ts";

const maxScriptBytes = 4_000_000;
const providers: readonly Provider[] = ["offline", "anthropic", "vscode", "scripted"];
const approveModes: readonly ApproveMode[] = ["ask", "auto", "never"];
const profiles: readonly Profile[] = ["full", "change", "analysis"];

/** What the person set for runs. Of what a repository must not choose only the user's own value counts. */
export interface RunSettings {
  readonly provider: Provider;
  readonly approve: ApproveMode;
  readonly profile: Profile;
  /** null: the rules' budget. */
  readonly budgetUsd: number | null;
  readonly scriptFile: string;
  /** Model of every agent, as `model` or `endpoint:model`; "": what config.yaml says for each. */
  readonly model: string;
}

export function runSettings(): RunSettings {
  const budget = ownSetting("budgetUsd");
  const scriptFile = ownSetting("scriptFile");
  const model = ownSetting("model");
  return {
    provider: oneOf(providers, ownSetting("provider"), "offline"),
    approve: oneOf(approveModes, ownSetting("approve"), "ask"),
    profile: oneOf(profiles, vscode.workspace.getConfiguration("agentTeam").get("profile"), "analysis"),
    budgetUsd: typeof budget === "number" && Number.isFinite(budget) && budget >= 0 ? budget : null,
    scriptFile: typeof scriptFile === "string" ? scriptFile : "",
    model: typeof model === "string" ? model.trim() : "",
  };
}

/** What was chosen for one run, in place of the settings. */
export type RunChoice = Partial<Pick<RunSettings, "profile" | "provider">>;

/**
 * The request that starts a run with the person's settings, or with what was chosen for this one.
 *
 * @throws HostError `script.missing`, `script.tooLarge` where the scripted provider has no script to read.
 */
export async function runRequest(goal: string, chosen: RunChoice = {}): Promise<RunRequest> {
  const settings = { ...runSettings(), ...chosen };
  return {
    goal,
    profile: settings.profile,
    provider: settings.provider,
    approve: settings.approve,
    ...(settings.budgetUsd === null ? {} : { budgetUsd: settings.budgetUsd }),
    ...(asksModels(settings.provider) && settings.model !== "" ? { model: settings.model } : {}),
    ...(settings.provider === "scripted" ? { script: await readScript(settings.scriptFile) } : {}),
    trust: vscode.workspace.isTrusted,
  };
}

function asksModels(provider: Provider): boolean {
  return provider === "anthropic" || provider === "vscode";
}

/** A value of the workspace is left out, also where the editor would let it through. */
function ownSetting(name: string): unknown {
  const inspected = vscode.workspace.getConfiguration("agentTeam").inspect(name);
  return inspected?.globalValue ?? inspected?.defaultValue;
}

function oneOf<T>(allowed: readonly T[], value: unknown, fallback: T): T {
  return allowed.find((each) => each === value) ?? fallback;
}

async function readScript(path: string): Promise<string> {
  const hint = "Set 'agentTeam.scriptFile' in your user settings to the full path of a script";
  if (path === "") throw new HostError("script.missing", "The scripted provider needs a script", { hint });
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size > maxScriptBytes) {
        throw new HostError("script.tooLarge", `The script ${path} has more than ${maxScriptBytes} bytes`);
      }
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof HostError) throw cause;
    throw new HostError("script.missing", `The script ${path} cannot be read`, { hint, cause });
  }
}

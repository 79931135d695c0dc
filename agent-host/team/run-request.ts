import { HostError } from "../core/host-error.ts";
import type { Profile } from "../protocol/phase.ts";
import { type RunRequest, runRequestSchema } from "../protocol/run.ts";
import { changeVerbOf } from "./goal.ts";

/** A request that was looked at: everything said, nothing left to guess. */
export interface AcceptedRequest extends Required<Pick<RunRequest, "goal">> {
  readonly goal: string;
  readonly provider: "offline" | "scripted";
  readonly profile: Profile;
  readonly approve: "ask" | "auto" | "never";
  readonly budgetUsd: number | null;
  readonly script: string | null;
  readonly trust: boolean;
}

/**
 * Refuses what this host cannot do, before anything is written.
 *
 * @throws HostError `run.providerUnavailable`, `run.needsModel`, `run.needsScript`.
 */
export function acceptRequest(given: RunRequest): AcceptedRequest {
  const request = runRequestSchema.parse(given);
  const { goal, provider, approve, trust, script = null, budgetUsd = null } = request;
  if (provider !== "offline" && provider !== "scripted") {
    throw new HostError("run.providerUnavailable", `This version has no provider '${provider}'`, {
      hint: "Use --provider offline: it needs no model, key or network, and does the analysis profile",
    });
  }
  if (provider === "scripted" && script === null) {
    throw new HostError("run.needsScript", "The scripted provider needs a script", {
      hint: "Name it with --script FILE",
    });
  }
  const profile = request.profile ?? (provider === "offline" ? "analysis" : "change");
  if (provider === "offline") refuseWithoutModel(goal, profile, request.profile !== undefined);
  return { goal, provider, profile, approve, budgetUsd, script, trust };
}

function refuseWithoutModel(goal: string, profile: Profile, isProfileChosen: boolean): void {
  const verb = isProfileChosen ? null : changeVerbOf(goal);
  if (profile === "analysis" && verb === null) return;
  const what = verb === null ? `The profile '${profile}'` : `A goal that asks to ${verb} something`;
  throw new HostError("run.needsModel", `${what} needs a model, and the offline engine is none`, {
    hint: "Choose a provider with a model, or add --profile analysis to have the code analyzed with this goal",
  });
}

import { HostError } from "../core/host-error.ts";
import type { Attachment } from "../protocol/attachment.ts";
import type { Profile } from "../protocol/phase.ts";
import { type Provider, type RunRequest, runRequestSchema } from "../protocol/run.ts";
import { changeVerbOf } from "./goal.ts";

/** A request that was looked at: everything said, nothing left to guess. */
export interface AcceptedRequest extends Required<Pick<RunRequest, "goal">> {
  readonly goal: string;
  readonly provider: Provider;
  readonly profile: Profile;
  readonly approve: "ask" | "auto" | "never";
  readonly budgetUsd: number | null;
  readonly script: string | null;
  /** As the person named it; null: what config.yaml says for each agent. */
  readonly model: string | null;
  readonly attachments: readonly Attachment[];
  readonly trust: boolean;
}

/**
 * Refuses what this host cannot do, before anything is written.
 *
 * @throws HostError `run.providerUnavailable` where a model is named that the provider cannot have, `run.needsModel`, `run.needsScript`.
 */
export function acceptRequest(given: RunRequest): AcceptedRequest {
  const request = runRequestSchema.parse(given);
  const {
    goal,
    provider = "offline",
    approve,
    trust,
    script = null,
    budgetUsd = null,
    model = null,
  } = request;
  if (model !== null && (provider === "offline" || provider === "scripted")) {
    throw new HostError("run.providerUnavailable", `The provider '${provider}' has no model to choose`, {
      hint: "Leave the model out, or choose --provider anthropic",
    });
  }
  if (provider === "scripted" && script === null) {
    throw new HostError("run.needsScript", "The scripted provider needs a script", {
      hint: "Name it with --script FILE",
    });
  }
  const profile = request.profile ?? (provider === "offline" ? "analysis" : "change");
  if (provider === "offline") refuseWithoutModel(goal, profile, request.profile !== undefined);
  return {
    goal,
    provider,
    profile,
    approve,
    budgetUsd,
    script,
    model,
    attachments: request.attachments ?? [],
    trust,
  };
}

function refuseWithoutModel(goal: string, profile: Profile, isProfileChosen: boolean): void {
  const verb = isProfileChosen ? null : changeVerbOf(goal);
  if (profile === "analysis" && verb === null) return;
  const what = verb === null ? `The profile '${profile}'` : `A goal that asks to ${verb} something`;
  throw new HostError("run.needsModel", `${what} needs a model, and the offline engine is none`, {
    hint: "Choose a provider with a model, or add --profile analysis to have the code analyzed with this goal",
  });
}

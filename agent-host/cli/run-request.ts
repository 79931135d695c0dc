import { resolve } from "node:path";
import { HostError, messageOf, systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import { mentionsIn } from "../protocol/mentions.ts";
import type { Profile } from "../protocol/phase.ts";
import type { ApproveMode, Provider, RunRequest } from "../protocol/run.ts";

/** What `agent-team run` was asked for, as commander hands it over. */
export interface RunWish {
  readonly goal: string;
  readonly profile?: Profile;
  /** Absent: what config.yaml names, else offline. */
  readonly provider?: Provider;
  readonly model?: string;
  /** Path of the script file, relative to `cwd`. */
  readonly script?: string;
  readonly approve: ApproveMode;
  readonly budgetUsd?: number;
  readonly trust?: boolean;
}

const maxScriptBytes = 4_000_000;

/**
 * The request the host gets. The script is read here, since a host of an editor stands in another folder.
 *
 * @throws HostError `cli.usage` where provider and script do not fit, `script.unreadable`.
 */
export async function runRequestOf(wish: RunWish, cwd: string): Promise<RunRequest> {
  const { profile, provider, model, approve, budgetUsd, trust = false } = wish;
  refuseMisfit(wish);
  const { attachments } = mentionsIn(wish.goal);
  return {
    goal: wish.goal,
    approve,
    trust,
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(attachments.length === 0 ? {} : { attachments: [...attachments] }),
    ...(profile === undefined ? {} : { profile }),
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
    ...(wish.script === undefined ? {} : { script: await scriptText(resolve(cwd, wish.script)) }),
  };
}

function refuseMisfit({ provider, script }: RunWish): void {
  if (script !== undefined && provider !== "scripted") {
    throw new HostError("cli.usage", `--script does not go with --provider ${provider ?? "offline"}`, {
      hint: "Add --provider scripted, or leave --script out",
    });
  }
  if (script === undefined && provider === "scripted") {
    throw new HostError("cli.usage", "--provider scripted needs --script <file>", {
      hint: "The file holds what the model answers, by agent",
    });
  }
}

async function scriptText(path: string): Promise<string> {
  const hint = "Name a readable JSON file with --script";
  try {
    const text = await readSmallFile(path, maxScriptBytes);
    if (text !== null) return text;
  } catch (error) {
    const reason = systemErrorCode(error) === "ENOENT" ? "there is no such file" : messageOf(error);
    throw new HostError("script.unreadable", `The script ${path} cannot be read: ${reason}`, {
      hint,
      cause: error,
    });
  }
  throw new HostError("script.unreadable", `The script ${path} is no file of at most 4 MB`, { hint });
}

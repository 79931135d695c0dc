import type { EffectiveRules } from "../config/effective-rules.ts";
import { HostError } from "../core/host-error.ts";
import type { Journal } from "../journal/journal.ts";
import type { Attachment } from "../protocol/attachment.ts";
import type { EventData } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { ModelPlan } from "../protocol/model-plan.ts";
import type { Provider, RunRequest } from "../protocol/run.ts";
import type { Budget } from "../protocol/scope.ts";
import type { ControlLog } from "./control-log.ts";
import type { RunLog } from "./run-log.ts";
import { type AcceptedRequest, acceptRequest } from "./run-request.ts";

export interface StartOptions {
  readonly journal: Pick<Journal, "append" | "subscribe" | "read">;
  readonly control: ControlLog;
  /** The rules in force now. */
  rules(signal: AbortSignal): Promise<EffectiveRules>;
  /** @throws HostError `script.invalid` with the place that does not fit. */
  checkScript(script: string): void;
  /** What runs that name no provider use, by the person's settings; null: the offline engine. */
  defaultProvider(signal: AbortSignal): Promise<Provider | null>;
  /**
   * Which models each agent asks.
   *
   * @throws HostError `model.noKey`, `config.invalid`, `model.unknownEndpoint`, with what to do.
   */
  planModels(
    request: { provider: "anthropic" | "vscode"; model: string | null },
    signal: AbortSignal,
  ): Promise<{ plan: ModelPlan; warnings: readonly string[] }>;
  /** @throws HostError `attachment.missing` for what is not there. */
  checkAttachments(attachments: readonly Attachment[], signal: AbortSignal): Promise<void>;
}

export interface StartedRun {
  readonly log: RunLog;
  readonly seq: number;
  /** What the person should know now. */
  readonly warnings: readonly string[];
}

/**
 * Makes a run durable: what was asked, by which models, under which budget. Nothing works on it yet.
 *
 * @throws HostError of `acceptRequest`, `run.untrusted`, `rules.refused`, what the options throw, and what the journal
 * throws.
 */
export async function startRun(
  options: StartOptions,
  { given, actor, begin }: { given: RunRequest; actor: Actor; begin: () => RunLog },
  signal: AbortSignal,
): Promise<StartedRun> {
  const provider = given.provider ?? (await options.defaultProvider(signal)) ?? "offline";
  const request = acceptRequest({ ...given, provider });
  if (request.script !== null) options.checkScript(request.script);
  await options.checkAttachments(request.attachments, signal);
  const models = await modelsOf(options, request, signal);
  await trust(options, { request, actor }, signal);
  const { rules, refusals, inert } = await options.rules(signal);
  refuseBrokenRules(refusals);
  const budget: Budget = {
    ...rules.budget,
    ...(request.budgetUsd === null ? {} : { usd: request.budgetUsd }),
  };
  const log = begin();
  const data = await createdData(log, request, { plan: models.plan, budget });
  const [entry] = await log.record([{ type: "run.created", actor, data }]);
  const warnings = refusals.map((each) => `these rules do not count: ${faultText(each)}`);
  if (inert !== null) warnings.push(`${inert.path} does not count before a person has approved it`);
  return { log, seq: entry?.seq ?? 0, warnings: [...models.warnings, ...warnings] };
}

async function modelsOf(
  options: StartOptions,
  { provider, model }: AcceptedRequest,
  signal: AbortSignal,
): Promise<{ plan: ModelPlan | null; warnings: readonly string[] }> {
  if (provider !== "anthropic" && provider !== "vscode") return { plan: null, warnings: [] };
  return await options.planModels({ provider, model }, signal);
}

async function createdData(
  log: RunLog,
  request: AcceptedRequest,
  { plan, budget }: { plan: ModelPlan | null; budget: Budget },
): Promise<EventData<"run.created">> {
  const { goal, profile, provider, approve, script, attachments } = request;
  return {
    goal: await log.keep(goal),
    profile,
    provider,
    approve,
    ...(plan === null ? {} : { models: plan }),
    ...(script === null ? {} : { script: await log.keep(script) }),
    ...(attachments.length === 0 ? {} : { attachments: await log.keep(JSON.stringify(attachments)) }),
    budget,
  };
}

/** Processes start only in a folder that a person trusts. */
async function trust(
  { control, journal }: StartOptions,
  { request, actor }: { request: AcceptedRequest; actor: Actor },
  signal: AbortSignal,
): Promise<void> {
  if (request.provider === "offline") return;
  const { trusted } = await control.current();
  if (trusted) return;
  if (!request.trust) {
    throw new HostError(
      "run.untrusted",
      "This folder is not trusted: a run like this starts processes in it",
      {
        hint: "Look at what is in it, then add --trust; it is remembered for this folder",
      },
    );
  }
  const data = { key: "trusted" as const, value: true };
  await journal.append([{ type: "config.changed", actor, data }], signal);
}

/** What a person wrote may be stricter than what would count without it. */
function refuseBrokenRules(refusals: EffectiveRules["refusals"]): void {
  const broken = refusals.find(({ source, keepsLast }) => source === "user" && !keepsLast);
  if (broken === undefined) return;
  throw new HostError("rules.refused", `The rules cannot be used: ${faultText(broken)}`, {
    hint: "Correct them at this place; no run begins on rules that are looser than yours",
  });
}

function faultText({ name, line, path, reason }: EffectiveRules["refusals"][number]): string {
  const place = [name, line === null ? [] : `line ${line}`, path === "" ? [] : path].flat().join(", ");
  return `${place}: ${reason}`;
}

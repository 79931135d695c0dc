import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../core/digest.ts";
import { systemErrorCode } from "../core/host-error.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { PreparedCall, ToolOutput } from "../tools/tool.ts";
import type { RunLog } from "./run-log.ts";
import type { RunSetup } from "./run-setup.ts";

/** One call of one task. */
export interface EffectPlace {
  readonly effectId: string;
  readonly taskId: string;
  readonly tool: string;
  readonly toolCallId: string;
  readonly actor: Actor;
}

/** What became of an effect that was under way when a host ended. */
export type OpenEffect =
  | { readonly kind: "none" }
  | { readonly kind: "done"; readonly output: ToolOutput }
  | { readonly kind: "inDoubt"; readonly facts: readonly string[]; readonly reason: string };

/** What is kept of an intent. */
interface IntentDetail {
  readonly input: unknown;
  readonly facts: readonly string[];
  readonly paths: readonly string[];
  readonly recovered: ToolOutput;
}

/**
 * Intent → effect → result. An effect begins only once its intent is durable, and its result is durable before anyone
 * sees it. One without a result is looked at before it is done again.
 */
export class EffectLog {
  private readonly log: RunLog;
  private readonly setup: RunSetup;

  constructor(setup: RunSetup) {
    this.setup = setup;
    this.log = setup.log;
  }

  /** Does a call that was allowed. `permission` is journaled with the intent, or with the result of a pure call. */
  async perform(
    place: EffectPlace,
    given: { call: PreparedCall; input: unknown; permission: EventDraft },
    signal: AbortSignal,
  ): Promise<ToolOutput> {
    const { call, permission } = given;
    if (!call.hasEffect) {
      const { output, durationMs } = await this.timed(() => call.perform(signal));
      // Nothing follows from it but the task's next entry, which is the one to wait for.
      this.log.recordSoon(place.taskId, [permission, await this.completed(place, output, durationMs)]);
      return output;
    }
    await this.log.record([permission, await this.intent(place, given)]);
    const { output, durationMs } = await this.timed(() => call.perform(signal));
    await this.log.record([await this.completed(place, output, durationMs)]);
    return output;
  }

  /** Looks after an effect that may have been under way when the host ended. Repeats nothing by itself. */
  async settleOpen(place: EffectPlace, folder: () => Promise<string>): Promise<OpenEffect> {
    const effect = this.log.state.effects[place.effectId];
    if (effect === undefined) return { kind: "none" };
    const detail = detailOf(await this.log.recall(effect.detail));
    if (effect.check === "repeatable") return await this.notDone(place);
    if (effect.check === "files") {
      const root = await folder();
      const now = await Promise.all(detail.paths.map((path) => fileDigest(join(root, path))));
      if (effect.files.every(({ after }, at) => now[at] === after))
        return await this.done(place, detail.recovered);
      if (effect.files.every(({ before }, at) => now[at] === before)) return await this.notDone(place);
    }
    const reason =
      effect.check === "files"
        ? "its files are neither as they were nor as they should be"
        : "nothing tells whether it ended";
    if (!effect.inDoubt) {
      const data = { effectId: place.effectId, reason };
      await this.log.record([
        { type: "effect.inDoubt", taskId: place.taskId, actor: place.actor, outcome: "failed", data },
      ]);
    }
    return { kind: "inDoubt", facts: detail.facts, reason };
  }

  /** A person said what to do with an effect in doubt. */
  async settleByPerson(place: EffectPlace, as: "repeat" | "leave"): Promise<OpenEffect> {
    if (as === "repeat") return await this.notDone(place, "repeat");
    const output = {
      text: "The host ended while this was under way. It may or may not have happened; a person decided not to do it again.",
      isError: true,
    };
    return await this.done(place, output, "leave");
  }

  private async done(
    place: EffectPlace,
    output: ToolOutput,
    as: "done" | "leave" = "done",
  ): Promise<OpenEffect> {
    await this.log.record([settled(place, as), await this.completed(place, output, 0)]);
    return { kind: "done", output };
  }

  private async notDone(place: EffectPlace, as: "notDone" | "repeat" = "notDone"): Promise<OpenEffect> {
    await this.log.record([settled(place, as)]);
    return { kind: "none" };
  }

  private async intent(
    { effectId, taskId, tool, actor }: EffectPlace,
    { call, input }: { call: PreparedCall; input: unknown },
  ): Promise<EventDraft> {
    const { check } = call;
    const paths = check.kind === "files" ? check.files.map(({ path }) => path) : [];
    const detail: IntentDetail = { input, facts: call.facts, paths, recovered: call.recovered() };
    const data = {
      effectId,
      tool,
      detail: await this.log.keep(JSON.stringify(detail)),
      check:
        check.kind === "files"
          ? { kind: check.kind, files: check.files.map(({ before, after }) => ({ before, after })) }
          : { kind: check.kind },
    };
    return { type: "effect.intended", taskId, actor, data };
  }

  private async completed(
    { effectId, taskId, tool, toolCallId, actor }: EffectPlace,
    output: ToolOutput,
    durationMs: number,
  ): Promise<EventDraft> {
    const { text, isError, full } = output;
    const result = await this.log.keep(JSON.stringify({ toolCallId, text, isError }));
    const whole = full === undefined ? {} : { full: await this.log.keep(full) };
    const data = { effectId, tool, result, ...whole, isError, durationMs };
    const outcome = isError ? "failed" : "ok";
    return { type: "effect.completed", taskId, actor, outcome, data };
  }

  private async timed(work: () => Promise<ToolOutput>): Promise<{ output: ToolOutput; durationMs: number }> {
    const { clock } = this.setup;
    const startedAt = clock.monotonicMs();
    const { text, isError, full } = await work();
    const { clean } = this.setup;
    const output = { text: clean(text), isError, ...(full === undefined ? {} : { full: clean(full) }) };
    return { output, durationMs: Math.round(clock.monotonicMs() - startedAt) };
  }
}

/** Entries of the first release name one file, as `path`. */
function detailOf(text: string): IntentDetail {
  const kept = JSON.parse(text) as Omit<IntentDetail, "paths"> & { paths?: string[]; path?: string | null };
  return { ...kept, paths: kept.paths ?? [kept.path ?? []].flat() };
}

function settled(
  { effectId, taskId, actor }: EffectPlace,
  as: "done" | "notDone" | "repeat" | "leave",
): EventDraft {
  return { type: "effect.settled", taskId, actor, data: { effectId, as } };
}

/** SHA-256 of a file's bytes; null where there is no regular file. */
async function fileDigest(path: string): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return (await file.stat()).isFile() ? sha256(await file.readFile()) : null;
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return null;
    throw error;
  }
}

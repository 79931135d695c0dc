import type { ApprovalSubject } from "../protocol/approval.ts";
import { badCallMark, maxToolResultBytes, type ToolCall } from "../protocol/conversation.ts";
import type { EventDraft } from "../protocol/events.ts";
import type { Actor } from "../protocol/journal.ts";
import type { TaskSpec } from "../protocol/task.ts";
import type { AccessDecision } from "../security/access-decision.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "../tools/tool.ts";
import { refusalWords } from "./approval-policy.ts";
import type { ApprovalQuestion, Approvals } from "./approvals.ts";
import type { EffectLog, EffectPlace } from "./effect-log.ts";
import { answerText } from "./questions.ts";
import type { ModelWork, RunSetup } from "./run-setup.ts";

export interface ToolGateOptions {
  readonly setup: RunSetup;
  readonly work: ModelWork;
  readonly approvals: Approvals;
  readonly effects: EffectLog;
}

/** The task a call is made for. */
export interface CallingTask {
  readonly spec: TaskSpec;
  readonly actor: Actor;
  /** Whether its work is kept. Others have a tree too, to read and to run commands in; it is thrown away. */
  readonly mayWrite: boolean;
  /** Names of the tools this agent has; no other may be used, whatever the model asks for. */
  readonly offered: readonly { readonly name: string }[];
  /** The task's own tree, made at the first call that needs it. */
  folder(): Promise<string>;
  /** Where it reads: its own tree once it has one, before that one that is shared. */
  readFolder(): Promise<string>;
  /** Whether it has read anything that others wrote. */
  isTainted(): boolean;
  /** Begins to show the output of a command while it runs; the function it returns gets each piece. */
  showOutput(): (piece: string) => void;
}

/**
 * The one choke point: every tool call of every agent comes through here. It is looked at, decided by rules, asked
 * for where the rules say so, journaled, and only then done.
 */
export class ToolGate {
  private readonly options: ToolGateOptions;

  constructor(options: ToolGateOptions) {
    this.options = options;
  }

  /** @throws HostError `approval.timeout`; what a failing machine throws; the signal's reason. */
  async use(call: ToolCall, effectId: string, task: CallingTask, signal: AbortSignal): Promise<ToolOutput> {
    const { work } = this.options;
    const isOffered = task.offered.some((each) => each.name === call.name);
    const place: EffectPlace = {
      effectId,
      taskId: task.spec.taskId,
      // A name that is none of ours is a model's words, which the journal does not hold.
      tool: isOffered ? call.name : "unknown",
      toolCallId: call.id,
      actor: task.actor,
    };
    const open = await this.settled(place, call, task, signal);
    if (open !== null) return open;
    const tool = isOffered ? work.tools.find((each) => each.name === call.name) : undefined;
    if (tool === undefined) return await this.refuseUnknown(place, call, task);
    const prepared = await this.prepare(tool, call, task, signal);
    if ("text" in prepared) return await this.report(place, prepared);
    await work.readyToDecide(prepared.access);
    const decision = work.decideAccess(prepared.access, await this.accessRules(task));
    const verdict = await this.verdict(place, { call, prepared, decision, task }, signal);
    if (!verdict.allowed) return await this.refuse(place, call, verdict);
    if (prepared.access.kind === "question")
      return await this.askPerson(place, { call, prepared, task }, signal);
    // What was allowed is what is done: the files may have changed while a person was asked.
    const again = verdict.asked ? await this.prepare(tool, call, task, signal) : prepared;
    if ("text" in again) return await this.report(place, again);
    if (verdict.asked && !isSame(prepared, again)) {
      const reason = "the files changed while the call waited for its answer; make the call again";
      return await this.refuse(place, call, { ...verdict, rule: "approval.stale", reason });
    }
    const permission = permissionEntry(place, { ...verdict, allowed: true });
    return await this.options.effects.perform(place, { call: again, input: call.input, permission }, signal);
  }

  /** The result of an effect that began before the host ended; null: there is none, or it may be done again. */
  private async settled(
    place: EffectPlace,
    call: ToolCall,
    task: CallingTask,
    signal: AbortSignal,
  ): Promise<ToolOutput | null> {
    const { effects, approvals } = this.options;
    const open = await effects.settleOpen(place, () => task.folder());
    if (open.kind === "none") return null;
    if (open.kind === "done") return open.output;
    const question = this.question(place, call, task, {
      kind: "inDoubt",
      facts: [...open.facts],
      reason: `The host ended while this was under way: ${open.reason}. Approve does it again, reject leaves it`,
      risk: "medium",
      pattern: null,
      needsPerson: true,
    });
    const { answer } = await approvals.ask(question, place, signal);
    const outcome = await effects.settleByPerson(place, answer === "approve" ? "repeat" : "leave");
    return outcome.kind === "done" ? outcome.output : null;
  }

  private async prepare(
    tool: Tool,
    call: ToolCall,
    task: CallingTask,
    signal: AbortSignal,
  ): Promise<PreparedCall | ToolOutput> {
    const parsed = tool.input.safeParse(call.input);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = issue === undefined || issue.path.length === 0 ? "its input" : issue.path.join(".");
      return failed(`${badCallMark}${call.name}: ${where}: ${issue?.message ?? "does not fit"}`);
    }
    const context: ToolContext = {
      folder: tool.onlyReads === true ? await task.readFolder() : await task.folder(),
      isWritable: true,
      taskId: task.spec.taskId,
      onOutput: task.showOutput(),
    };
    return await tool.prepare(parsed.data, context, signal);
  }

  private async accessRules(task: CallingTask): Promise<Parameters<ModelWork["decideAccess"]>[1]> {
    const { setup, work, approvals } = this.options;
    const granted = [...(await approvals.granted()), ...(await work.alwaysGranted())];
    const { scope, rules } = setup.pinned;
    return {
      scope,
      taskPaths: task.mayWrite ? task.spec.scope.paths : [],
      controlPlane: rules.controlPlane,
      assurance: work.sandbox.assurance,
      granted,
      isTainted: task.isTainted(),
    };
  }

  private async verdict(
    place: EffectPlace,
    given: { call: ToolCall; prepared: PreparedCall; decision: AccessDecision; task: CallingTask },
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { call, prepared, decision, task } = given;
    const { rule, reason } = decision;
    if (decision.kind !== "ask") return { allowed: decision.kind === "allow", rule, reason, asked: false };
    const { risk, pattern, needsPerson } = decision;
    const question = this.question(place, call, task, {
      kind: "toolCall",
      facts: [...prepared.facts],
      reason,
      risk,
      pattern,
      needsPerson,
    });
    const asking = { ...place, inScope: decision.inScope };
    const { answer, by } = await this.options.approvals.ask(question, asking, signal);
    if (answer === "approve") return { allowed: true, rule: by, reason, asked: true };
    const { kind } = prepared.access;
    const words = refusalWords(by, reason, kind === "command" || kind === "connect" ? kind : "other");
    return { allowed: false, rule: by, reason: words, asked: true };
  }

  private async askPerson(
    place: EffectPlace,
    { call, prepared, task }: { call: ToolCall; prepared: PreparedCall; task: CallingTask },
    signal: AbortSignal,
  ): Promise<ToolOutput> {
    const question = this.question(place, call, task, {
      kind: "question",
      facts: [...prepared.facts],
      reason: "An agent asks. Approve with your answer as comment, or reject to leave it to the agent",
      risk: "low",
      pattern: null,
      needsPerson: false,
    });
    return await this.report(place, answerText(await this.options.approvals.ask(question, place, signal)));
  }

  private question(
    place: EffectPlace,
    call: ToolCall,
    task: CallingTask,
    asked: Pick<ApprovalSubject, "kind" | "facts" | "reason" | "risk" | "pattern" | "needsPerson">,
  ): ApprovalQuestion {
    const approvers = this.options.setup.pinned.rules.phases[task.spec.phase]?.approvers ?? [];
    return {
      ...asked,
      facts: [...asked.facts].slice(0, 50),
      taskId: place.taskId,
      agentType: task.spec.agentType,
      tool: call.name,
      input: call.input,
      approvers: approvers.length === 0 ? ["lead"] : [...approvers],
    };
  }

  private async refuseUnknown(place: EffectPlace, call: ToolCall, task: CallingTask): Promise<ToolOutput> {
    const names = task.offered.map((tool) => tool.name).join(", ");
    return await this.report(
      place,
      failed(`${badCallMark}There is no tool ${call.name}. There are: ${names}`),
    );
  }

  private async refuse(
    place: EffectPlace,
    call: ToolCall,
    verdict: { rule: string; reason: string },
  ): Promise<ToolOutput> {
    const { log } = this.options.setup;
    const output = failed(`Not allowed (${verdict.rule}): ${verdict.reason}`);
    const detail = await log.keep(
      JSON.stringify({ tool: call.name, input: call.input, reason: verdict.reason }),
    );
    const permission = permissionEntry(place, { ...verdict, allowed: false, detail });
    await log.record([permission, await resultEntry(place, output, log)]);
    return output;
  }

  /** A call that came to nothing: no permission was needed. */
  private async report(place: EffectPlace, given: ToolOutput): Promise<ToolOutput> {
    const { log, clean } = this.options.setup;
    // Why a call came to nothing may quote the file.
    const output = { ...given, text: clean(given.text) };
    await log.record([await resultEntry(place, output, log)]);
    return output;
  }
}

interface Verdict {
  readonly allowed: boolean;
  readonly rule: string;
  readonly reason: string;
  readonly asked: boolean;
}

function isSame(a: PreparedCall, b: PreparedCall): boolean {
  return JSON.stringify([a.access, a.facts, a.check]) === JSON.stringify([b.access, b.facts, b.check]);
}

function permissionEntry(
  place: EffectPlace,
  given: {
    allowed: boolean;
    rule: string;
    detail?: Awaited<ReturnType<RunSetup["log"]["keep"]>>;
  },
): EventDraft {
  const { allowed, rule, detail } = given;
  return {
    type: "permission.decided",
    taskId: place.taskId,
    actor: place.actor,
    outcome: allowed ? "ok" : "denied",
    resource: { type: "tool", id: place.tool.slice(0, 500) },
    data: {
      permission: `use:tool/${place.tool}`.slice(0, 300),
      allowed,
      // The words may hold paths of the user; they stand in `detail`.
      reason: rule.slice(0, 100),
      rule: rule.slice(0, 100),
      ...(detail === undefined ? {} : { detail }),
    },
  };
}

async function resultEntry(
  { effectId, taskId, tool, toolCallId, actor }: EffectPlace,
  { text, isError }: ToolOutput,
  log: RunSetup["log"],
): Promise<EventDraft> {
  const result = await log.keep(JSON.stringify({ toolCallId, text, isError }));
  const data = { effectId, tool: tool.slice(0, 100), result, isError, durationMs: 0 };
  return { type: "effect.completed", taskId, actor, outcome: isError ? "failed" : "ok", data };
}

function failed(text: string): ToolOutput {
  return { text: text.slice(0, maxToolResultBytes / 4), isError: true };
}

import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Agent } from "./agents/agent.ts";
import { attachAgent } from "./agents/attach-agent.ts";
import { composeAgents } from "./compose-agents.ts";
import { composeContext } from "./compose-context.ts";
import { type ComposedModels, composeModels } from "./compose-models.ts";
import type { ServicesOptions } from "./compose-services.ts";
import { composeWork } from "./compose-work.ts";
import { detectCommands } from "./config/detect-commands.ts";
import { RulesLoader } from "./config/rules-loader.ts";
import type { Disposable } from "./core/disposable.ts";
import { memorySaver } from "./host/spare-memory.ts";
import { Hub } from "./hub/router.ts";
import type { BlobStore } from "./journal/blob-store.ts";
import type { EditorModels } from "./models/editor/editor-models.ts";
import { errorDetails, type Logger } from "./observability/logger.ts";
import type { EventDraft } from "./protocol/events.ts";
import type { Actor } from "./protocol/journal.ts";
import type { ControlState } from "./protocol/state/schemas.ts";
import { cleanText } from "./security/clean-text.ts";
import { roleOf } from "./security/human-roles.ts";
import { loadRoles } from "./security/load-roles.ts";
import { isSoundKey, verifyDecision } from "./security/verify-decision.ts";
import type { Store } from "./store/store.ts";
import { AgentRegistry, type RegisteredAgent } from "./team/agent-registry.ts";
import type { DirtyPaths } from "./team/change-writer.ts";
import { Changes } from "./team/changes.ts";
import { ControlLog } from "./team/control-log.ts";
import { Decisions, type DecisionsOptions } from "./team/decisions.ts";
import { Enrolment } from "./team/enrolment.ts";
import { Inbox } from "./team/inbox.ts";
import { Runs } from "./team/runs.ts";
import { approvedRules, journalRulesEvent, rulesSubject } from "./team/workspace-rules.ts";

export interface TeamOptions extends ServicesOptions {
  readonly blobs: BlobStore;
  readonly store: Store;
  /** Models of the windows that are connected. */
  readonly editors: EditorModels;
  /** What windows hold that is not saved. */
  readonly dirtyPaths: DirtyPaths;
}

/** The team and those who answer it. */
export interface TeamParts extends Disposable {
  readonly runs: Runs;
  readonly inbox: Inbox;
  readonly decisions: Decisions;
  readonly enrolment: Enrolment;
  readonly changes: Changes;
  readonly models: ComposedModels;
}

const hostActor: Actor = { kind: "system", id: "host", role: "host" };

/** Builds what runs, and what decides. */
export function composeTeam(options: TeamOptions): TeamParts {
  const { location, clock, logger, journal, blobs, store } = options;
  const control = new ControlLog(journal);
  const note = (draft: Omit<EventDraft, "actor">): void => {
    const entry = { ...draft, actor: hostActor } as EventDraft;
    journal
      .append([entry], new AbortController().signal)
      .catch((error: unknown) => logger.log("error", "an entry could not be written", errorDetails(error)));
  };
  const rules = composeRules(options, control);
  const hub = new Hub({
    clock,
    newId: randomUUID,
    onDeadLetter: ({ type, recipient }, reason) =>
      logger.log("warn", "a message was not delivered", { type, recipient, reason }),
  });
  const agents = composeAgents(options).map((agent, index) => register(agent, index, hub, options));
  const registry = new AgentRegistry({
    agents: agents.map((agent) => agent.registered),
    monotonicMs: clock.monotonicMs,
  });
  const models = composeModels({
    home: location.home,
    env: options.env,
    clock,
    editors: options.editors,
    onSecret: (secret) => options.redactor.add(secret),
  });
  const context = composeContext({
    ...options,
    onPromptLoaded: (prompt, checksum) => note({ type: "prompt.loaded", data: { prompt, checksum } }),
    onPromptRefused: (prompt, reason) =>
      note({ type: "prompt.refused", outcome: "failed", data: { prompt, reason: reason.slice(0, 500) } }),
    onProblem: (problem, error) =>
      logger.log("warn", problem, error === undefined ? {} : errorDetails(error)),
  });
  const heartbeats = hub.attach("registry", ({ sender }) => registry.noteHeartbeat(sender));
  const work = composeWork({
    ...options,
    control,
    models,
    context,
    readGrant: async (runId, blob) => await readText(blobs, runId, blob),
    onShellProblem: (problem) => logger.log("warn", problem),
  });
  const memory = memorySaver();
  const runs = new Runs({
    journal,
    blobs,
    store,
    control,
    hub,
    clock,
    registry,
    ...work,
    defaultProvider: async (signal) => await models.defaultProvider(signal),
    planModels: async (request, signal) => await models.plan(request, signal),
    checkAttachments: async (attachments, signal) => await context.checkAttachments(attachments, signal),
    rules: async (signal) => await rules.current(signal),
    detectCommands: async ({ commands }, signal) =>
      await detectCommands({ root: location.realPath, commands }, signal),
    newRunId: () => `r-${clock.now().getTime().toString(36)}-${randomBytes(3).toString("hex")}`,
    dirtyPaths: options.dirtyPaths,
    redact: (text) => options.redactor.redact(text),
    clean: (text) => cleanText(text, options.redactor),
    redactStream: (tell) => options.redactor.stream(tell),
    root: location.realPath,
    stateFolder: location.stateFolder,
    onRest: () => memory.rest(),
    onRunError: (runId, error) => logger.log("error", "a run stopped", { runId, ...errorDetails(error) }),
  });
  const inbox = new Inbox({
    store,
    control,
    withLog: async (runId, act) => await runs.withLog(runId, act),
    rulesSubject: async (approvalId, about) => await rules.subject(approvalId, about),
  });
  const verify = verifier(options);
  const deciding = { workspaceId: location.workspaceId, journal, control, verify };
  const decisions = new Decisions({
    ...deciding,
    inbox,
    withLog: async (runId, act) => await runs.withLog(runId, act),
    maxReturns: async (log) => (await rules.pinnedLimits(log)).returns,
  });
  const roles = join(location.home, "roles.yaml");
  const enrolment = new Enrolment({
    ...deciding,
    isSoundKey,
    roleNow: async (approver) => roleOf(approver, await loadRoles(roles)),
  });
  const changes = new Changes({
    dirtyPaths: options.dirtyPaths,
    store,
    journal,
    clock,
    treesOf: (runId) => work.treesOf(join(location.stateFolder, "runs", runId)),
    withLog: async (runId, act) => await runs.withLog(runId, act),
    whileAtRest: async (runId, act) => await runs.whileAtRest(runId, act),
  });
  const owned = [context, rules, heartbeats, memory, control, ...agents.map((agent) => agent.attachment)];
  return {
    runs,
    inbox,
    decisions,
    enrolment,
    changes,
    models,
    dispose: () => {
      for (const each of owned) each.dispose();
    },
  };
}

/** The rules in force: looked at whenever a run begins, and watched once one did. */
function composeRules(options: TeamOptions, control: ControlLog) {
  const { location, clock, env, journal, logger, files } = options;
  let known: ControlState | null = null;
  const onError = (error: unknown): void =>
    logger.log("error", "rules could not be looked at", errorDetails(error));
  const loader = new RulesLoader({
    shippedFile: fileURLToPath(files.rulesUrl),
    home: location.home,
    env,
    clock,
    workspace: () =>
      known?.trusted === true ? { root: location.realPath, approved: approvedRules(known) } : null,
    onError,
  });
  let pending: Promise<void> = Promise.resolve();
  const events = loader.events.subscribe((event) => {
    pending = pending.then(() => journalRulesEvent(event, { journal, control })).catch(onError);
  });
  let watching: Disposable | null = null;
  const current = async (signal: AbortSignal): Promise<Awaited<ReturnType<RulesLoader["refresh"]>>> => {
    known = await control.current();
    const effective = await loader.refresh(signal);
    watching ??= loader.watch();
    // What was found out is journaled before a run that it concerns begins.
    await pending;
    return effective;
  };
  return {
    current,
    subject: async (approvalId: string, about: string) => {
      const { inert } = await current(new AbortController().signal);
      return inert?.sha256 === about ? rulesSubject(approvalId, inert) : null;
    },
    pinnedLimits: async (log: Parameters<DecisionsOptions["maxReturns"]>[0]) => {
      const { pinned } = log.state;
      if (pinned === null) return (await current(new AbortController().signal)).rules.limits;
      return (JSON.parse(await log.recall(pinned)) as { rules: { limits: { returns: number } } }).rules
        .limits;
    },
    dispose: () => {
      watching?.dispose();
      events.dispose();
    },
  };
}

function verifier({ location }: TeamOptions): DecisionsOptions["verify"] {
  const { workspaceId, home } = location;
  return async (signed, expected, approvers) => {
    const roles = await loadRoles(join(home, "roles.yaml"));
    return verifyDecision({ signed, approvers, roles, workspaceId, expected });
  };
}

async function readText(blobs: BlobStore, runId: string, blob: string): Promise<string | null> {
  try {
    return (await blobs.get(runId, blob, new AbortController().signal)).toString("utf8");
  } catch {
    // Its run was deleted: what was allowed with it is allowed no more.
    return null;
  }
}

function register(
  agent: Agent,
  index: number,
  hub: Hub,
  { clock, logger }: { readonly clock: TeamOptions["clock"]; readonly logger: Logger },
): { registered: RegisteredAgent; attachment: Disposable } {
  const agentId = `${agent.agentType}-${index + 1}`;
  const attachment = attachAgent(agent, {
    hub,
    agentId,
    clock,
    onUnexpectedError: (error) => logger.log("error", "an agent failed", { agentId, ...errorDetails(error) }),
  });
  const { agentType, taskTypes } = agent;
  return { registered: { agentId, agentType, taskTypes }, attachment };
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { version } from "../core/version.ts";
import type { BlobStore } from "../journal/blob-store.ts";
import type { Journal } from "../journal/journal.ts";
import { type Finding, findingSchema } from "../protocol/finding.ts";
import type { VerifyReport } from "../protocol/journal.ts";
import type { MethodResult } from "../protocol/methods.ts";
import { negotiateProtocol, protocolRange } from "../protocol/protocol-range.ts";
import type { RunState } from "../protocol/state/schemas.ts";
import type { Store } from "../store/store.ts";
import type { Changes } from "../team/changes.ts";
import type { Conversations } from "../team/conversation.ts";
import type { Decisions } from "../team/decisions.ts";
import type { Enrolment } from "../team/enrolment.ts";
import type { Inbox } from "../team/inbox.ts";
import type { Runs } from "../team/runs.ts";
import { changeMethods } from "./change-methods.ts";
import { conversationMethods } from "./conversation-methods.ts";
import { decisionMethods } from "./decision-methods.ts";
import type { Deliveries } from "./deliveries.ts";
import { type EditorServices, editorMethods } from "./editor-methods.ts";
import { localUser } from "./local-user.ts";
import type { Call, MethodTable } from "./session.ts";

export interface MethodServices extends EditorServices {
  readonly workspaceId: string;
  readonly stateFolder: string;
  readonly startedAt: string;
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly store: Store;
  readonly runs: Runs;
  readonly inbox: Inbox;
  readonly decisions: Decisions;
  readonly enrolment: Enrolment;
  readonly changes: Changes;
  readonly deliveries: Deliveries;
  readonly conversations: Conversations;
  verify(signal: AbortSignal): Promise<VerifyReport>;
  /** Begins to close the host; the answer to the client goes out first. */
  stop(reason: string): void;
}

/** What each JSON-RPC method does, in terms of the services. */
export function hostMethods(services: MethodServices): MethodTable {
  const { workspaceId, journal, store, runs } = services;
  return {
    initialize: async (params, { session, signal, afterAnswer }) => {
      const protocol = negotiateProtocol(protocolRange, params.protocol);
      if (protocol === null) {
        // A newer client cannot use this host and nobody else can serve its folder: make way, once.
        if (params.protocol.min > protocolRange.max)
          afterAnswer(() => services.stop("a newer version takes over"));
        throw unsupportedProtocol();
      }
      session.client = params.client;
      session.isEditor = params.capabilities?.editor === true;
      const data = { client: `${params.client.name} ${params.client.version}` };
      await journal.append([{ type: "auth.succeeded", actor: localUser, data }], signal);
      const host = { version, pid: process.pid, startedAt: services.startedAt };
      return { protocol, workspaceId, host, seq: journal.head.seq };
    },
    "state/subscribe": (params, call) => subscribe(services, params, call),
    "run/start": async (params) => await runs.start(params.request, localUser),
    "run/cancel": async (params) => {
      await runs.cancel(params.runId, localUser, params.reason ?? "cancelled by the user");
      return { seq: journal.head.seq };
    },
    "run/resume": async ({ runId, budget }) =>
      await runs.resume(runId, {
        actor: localUser,
        reason: "asked by the user",
        ...(budget === undefined ? {} : { budget: definedOf(budget) }),
      }),
    "run/pause": async (params) => {
      await runs.pause(params.runId, params.reason ?? "paused by the user");
      return { seq: journal.head.seq };
    },
    "run/steer": async ({ runId, message, taskId }) =>
      await runs.steer(runId, {
        actor: localUser,
        message,
        ...(taskId === undefined ? {} : { taskId }),
      }),
    ...decisionMethods(services),
    ...changeMethods(services),
    ...conversationMethods(services.conversations),
    ...editorMethods(services),
    "run/list": async (params) => await store.listRuns({ limit: params.limit }),
    "run/show": async (params) => ({ run: await knownRun(store, params.runId) }),
    "run/delete": async (params, { signal }) => await deleteRun(services, params.runId, signal),
    "report/read": async (params) => await readReport(services, params.runId, params.format),
    "finding/list": async (params, { signal }) => {
      const findings = await findingsOf(services, await knownRun(store, params.runId), signal);
      return {
        findings: findings.slice(params.offset, params.offset + params.limit),
        total: findings.length,
      };
    },
    "audit/query": async (query, { signal }) => {
      const { beforeSeq, runId, type, limit } = query;
      const wanted = {
        limit,
        newestFirst: true,
        ...(beforeSeq === undefined ? {} : { beforeSeq }),
        ...(runId === undefined ? {} : { runId }),
        ...(type === undefined ? {} : { type }),
      };
      const entries = await journal.read(wanted, signal);
      return {
        entries: await Promise.all(entries.map((entry) => store.delivered(entry))),
        head: journal.head,
      };
    },
    "audit/verify": async (_params, { signal }) => await services.verify(signal),
    "host/stop": async (params) => {
      services.stop(params.reason);
      return { stopping: true };
    },
  };
}

/** What of it was given: a limit that is not named stays as it is. */
function definedOf<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const pairs = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function unsupportedProtocol(): HostError {
  return new HostError(
    "protocol.unsupported",
    `This host (${version}) speaks protocol ${protocolRange.min} to ${protocolRange.max}`,
    {
      hint: "Update the older of the two, or end this host with 'Agent Team: Restart Host'",
    },
  );
}

async function subscribe(
  services: MethodServices,
  params: { sinceSeq: number; runId?: string | undefined },
  { session, signal, afterAnswer }: Call,
): Promise<MethodResult<"state/subscribe">> {
  const since =
    params.runId === undefined ? { seq: params.sinceSeq } : { seq: params.sinceSeq, runId: params.runId };
  const { start, subscription } = await services.deliveries.subscribe(since, signal);
  session.own(subscription);
  session.follow(params.runId ?? null);
  afterAnswer(() =>
    subscription.begin((delivered) =>
      session.notify("state/event", { workspaceId: services.workspaceId, ...delivered }),
    ),
  );
  if (start.kind === "replay") return { replay: start.entries, seq: start.seq };
  const snapshot =
    params.runId === undefined
      ? { runs: (await services.store.listRuns({ limit: 1_000 })).runs }
      : await knownRun(services.store, params.runId);
  return { snapshot, seq: start.seq };
}

async function knownRun(store: Store, runId: string): Promise<RunState> {
  const state = await store.runState(runId);
  if (state === null)
    throw new HostError("run.unknown", `There is no run ${runId}`, { hint: "See 'agent-team runs list'" });
  return state;
}

async function deleteRun(
  services: MethodServices,
  runId: string,
  signal: AbortSignal,
): Promise<{ seq: number }> {
  return await services.runs.whileAtRest(runId, async () => {
    await knownRun(services.store, runId);
    const [entry] = await services.journal.append(
      [{ type: "run.deleted", runId, actor: localUser, data: {} }],
      signal,
    );
    await services.blobs.deleteRun(runId, signal);
    return { seq: entry?.seq ?? services.journal.head.seq };
  });
}

const reportFiles = { markdown: "report.md", json: "report.json", sarif: "report.sarif" } as const;

async function readReport(
  services: MethodServices,
  runId: string,
  format: keyof typeof reportFiles,
): Promise<{ text: string; path: string }> {
  await knownRun(services.store, runId);
  const path = join(services.stateFolder, "runs", runId, reportFiles[format]);
  try {
    return { text: await readFile(path, "utf8"), path };
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new HostError("report.missing", `${runId} has no report`, {
      hint: "It is written at the end of a run",
      cause: error,
    });
  }
}

const severityOrder = { error: 0, warning: 1, info: 2 } as const;

async function findingsOf(services: MethodServices, run: RunState, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { blob } of run.findingBatches) {
    const batch: unknown = JSON.parse((await services.blobs.get(run.runId, blob, signal)).toString("utf8"));
    findings.push(...findingSchema.array().parse(batch));
  }
  const places = await placesInReport(services, run.runId);
  const placeOf = ({ fingerprint }: Finding): number => places.get(fingerprint) ?? places.size;
  return findings.sort(
    (a, b) => severityOrder[a.severity] - severityOrder[b.severity] || placeOf(a) - placeOf(b),
  );
}

/** The order in which the run's report tells its findings; empty before there is one. */
async function placesInReport(services: MethodServices, runId: string): Promise<ReadonlyMap<string, number>> {
  const path = join(services.stateFolder, "runs", runId, reportFiles.json);
  try {
    const report: unknown = JSON.parse(await readFile(path, "utf8"));
    const { findings } = reportedFindings.parse(report);
    return new Map(findings.map(({ fingerprint }, index) => [fingerprint, index]));
  } catch {
    // The list is whole without it, only less well ordered.
    return new Map();
  }
}

const reportedFindings = z.object({ findings: z.array(z.object({ fingerprint: z.string() })) });

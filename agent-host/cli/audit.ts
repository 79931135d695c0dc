import { join, resolve } from "node:path";
import { locateWorkspace } from "../client/workspace-location.ts";
import { openSegment } from "../journal/open-segment.ts";
import { journalFolder, listSegments, segmentName } from "../journal/segment-name.ts";
import { verifyJournal } from "../journal/verify-journal.ts";
import { exitCodes } from "../protocol/exit-codes.ts";
import type { Entry, VerifyReport } from "../protocol/journal.ts";
import type { RunSummary } from "../protocol/run.ts";
import { visible } from "../protocol/visible.ts";
import type { CliContext } from "./cli-context.ts";
import { openWorkspaceFiles } from "./workspace-files.ts";

export interface AuditOptions {
  readonly workspace: string;
  readonly json: boolean;
}

export interface AuditListOptions extends AuditOptions {
  readonly limit: number;
  readonly run?: string;
  readonly type?: string;
}

/** `agent-team audit list`: the newest entries, oldest of them first. */
export async function listAuditCommand(options: AuditListOptions, context: CliContext): Promise<number> {
  const { journal } = await openWorkspaceFiles(options.workspace, context);
  const query = {
    limit: options.limit,
    newestFirst: true,
    ...(options.run === undefined ? {} : { runId: options.run }),
    ...(options.type === undefined ? {} : { type: options.type }),
  };
  const entries = journal === null ? [] : (await journal.read(query, context.signal)).reverse();
  for (const entry of entries)
    context.output.out(`${options.json ? JSON.stringify(entry) : entryLine(entry)}\n`);
  if (entries.length === 0 && !options.json) context.output.out("No entries\n");
  return exitCodes.done;
}

/** `agent-team audit verify`: 0 if the journal verifies, 5 if it does not. */
export async function verifyAuditCommand(options: AuditOptions, context: CliContext): Promise<number> {
  const { stateFolder } = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const report = await verifyJournal({ directory: stateFolder }, context.signal);
  const open = await openRuns(options.workspace, context);
  const full = { ...report, warnings: [...report.warnings, ...open.map(openRunWarning)] };
  context.output.out(options.json ? `${JSON.stringify(full)}\n` : verifyText(full));
  return report.status === "ok" || report.status === "torn" ? exitCodes.done : exitCodes.auditBroken;
}

/** `agent-team audit export`: the raw lines of all segments, byte for byte. */
export async function exportAuditCommand(options: AuditOptions, context: CliContext): Promise<number> {
  // Not by way of the reader, which refuses a broken journal: that is when its bytes are wanted most.
  const { stateFolder } = await locateWorkspace(resolve(context.cwd, options.workspace), context.env);
  const folder = journalFolder(stateFolder);
  for (const segment of await listSegments(folder)) {
    const file = await openSegment(join(folder, segmentName(segment)));
    for await (const chunk of file.createReadStream()) {
      context.signal.throwIfAborted();
      context.output.out(chunk as Buffer);
    }
  }
  return exitCodes.done;
}

/** Runs without an end that no live host works on. */
async function openRuns(workspace: string, context: CliContext): Promise<RunSummary[]> {
  try {
    const { store, livePid } = await openWorkspaceFiles(workspace, context);
    if (store === null || livePid !== null) return [];
    return (await store.listRuns({ limit: 1_000 })).runs.filter((run) => run.finishedAt === null);
  } catch {
    // The run list cannot be folded from a broken journal; the verdict says what is broken.
    return [];
  }
}

function openRunWarning(run: RunSummary): string {
  const where = run.phase === null ? "before its first phase" : `in its phase ${run.phase}`;
  const done = `${run.tasks.finished} of ${run.tasks.total} tasks finished`;
  return `${run.runId} has no end: it was ${run.status} ${where}, ${done}. Go on with 'agent-team runs resume ${run.runId}'`;
}

function verifyText(report: VerifyReport): string {
  const lines = [verdicts[report.status].replace("{n}", String(report.entries))];
  if (report.firstBad !== undefined) {
    const { seq, segment, line, reason } = report.firstBad;
    lines.push(
      `First bad entry: ${seq === null ? "number unknown" : `seq ${seq}`}, ${segment} line ${line}: ${reason}`,
    );
    lines.push(
      "Everything after it cannot be trusted. Keep the files as they are; restore them from a copy if you have one.",
    );
  }
  if (report.head !== null) lines.push(`Head: seq ${report.head.seq}, ${report.head.hash}`);
  for (const each of report.fenced) {
    lines.push(
      `Fenced: ${each.segment} holds ${each.extraBytes} bytes after the accepted ${each.acceptedBytes}; they count for nothing`,
    );
  }
  for (const warning of report.warnings) lines.push(`Note: ${warning}`);
  return `${lines.join("\n")}\n`;
}

const verdicts = {
  ok: "OK: all {n} entries verify",
  torn: "OK, with a torn end: all {n} complete entries verify; the unfinished last line was never acknowledged",
  truncated: "TRUNCATED: only {n} entries are there; later ones that were acknowledged are missing",
  broken: "BROKEN: {n} entries verify before the first bad one",
} as const;

function entryLine(entry: Entry): string {
  const object =
    entry.runId === null ? "" : `  ${entry.runId}${entry.taskId === null ? "" : ` ${entry.taskId}`}`;
  return visible(
    `${String(entry.seq).padStart(6)}  ${entry.time}  ${entry.type.padEnd(20)}  ${entry.outcome.padEnd(9)}  ${entry.actor.id}${object}`,
  );
}

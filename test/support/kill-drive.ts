import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { verifyJournal } from "../../agent-host/journal/verify-journal.ts";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import { auditKilledRun, type KillCounts } from "./kill-audit.ts";
import type { KillKit, KillPoint, Session } from "./kill-kit.ts";
import { decide } from "./kill-person.ts";
import { expectedCounts } from "./kill-workload.ts";

export interface DriveOptions {
  readonly profile?: "change" | "full";
  /** Where the next command is killed; null to let it go. */
  nextKill(): KillPoint | null;
  /** Whether a command may end so; without it only 0 and 6 are right. */
  mayEndSo?(session: Session): boolean;
  /** Sees each command after its end, before what waits is answered. */
  onSession?(session: Session, entries: readonly Entry[]): Promise<void>;
}

export interface Driven {
  readonly kills: number;
  readonly counts: KillCounts;
  readonly problems: readonly string[];
  /** Milliseconds from the start of each `runs resume` to its first news. */
  readonly resumeMs: readonly number[];
  readonly files: Readonly<Record<string, string>>;
  readonly entries: readonly Entry[];
}

const maxSessions = 300;
const never = new AbortController().signal;

/** Drives one run to its end through all kills, answering what waits, and checks what was promised. */
export async function driveRun(kit: KillKit, options: DriveOptions): Promise<Driven> {
  const problems: string[] = [];
  const resumeMs: number[] = [];
  let kills = 0;
  for (let count = 0; ; count += 1) {
    if (count === maxSessions || problems.length > 5)
      throw new Error(`no end after ${count} commands: ${lastWords(kit)}`);
    const entries = await kit.entries().catch(() => []);
    if (entries.some(({ type }) => type === "run.finished")) break;
    const session = await kit.session(await nextArgs(kit, entries, options), options.nextKill());
    if (session.isKilled) kills += 1;
    if (session.args[1] === "resume" && session.newsMs !== null) resumeMs.push(session.newsMs);
    problems.push(...(await problemsAfter(kit, session, options)));
    await options.onSession?.(session, await kit.entries().catch(() => []));
  }
  const files = await filesOf(kit.workspace);
  const entries = await kit.entries();
  const { counts, problems: broken } = auditKilledRun(entries, keyOf(entries));
  problems.push(...broken, ...(await lostLines(kit)), ...wrongCounts(files));
  return { kills, counts, problems, resumeMs, files, entries };
}

/** Relative path → content of everything that is not git's. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.push([path.slice(folder.length + 1), await readFile(path, "utf8")]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function nextArgs(
  kit: KillKit,
  entries: readonly Entry[],
  { profile = "change" }: DriveOptions,
): Promise<readonly string[]> {
  const runId = entries.find(({ type }) => type === "run.created")?.runId;
  if (runId === undefined || runId === null) return kit.runArgs(profile);
  // What waits is answered only once the run stands still, so that it also meets answers that come late.
  const last = kit.sessions.at(-1);
  const isStill = last?.code === 6 || last?.args[0] === "gates";
  const { approve, reject } = isStill ? await decide(kit, runId) : { approve: [], reject: [] };
  if (approve.length > 0) return ["gates", "approve", ...approve, "--run", runId, "--json"];
  if (reject.length > 0) return ["gates", "reject", ...reject, "--run", runId, "--json"];
  return ["runs", "resume", runId, "--json"];
}

async function problemsAfter(kit: KillKit, session: Session, { mayEndSo }: DriveOptions): Promise<string[]> {
  const problems: string[] = [];
  const isExpected =
    session.isKilled || session.code === 0 || session.code === 6 || mayEndSo?.(session) === true;
  if (!isExpected) {
    const last = session.stderr || session.lines.slice(-3).join("\n");
    problems.push(`${session.args.join(" ")} ended with ${session.code}: ${last}`);
  }
  const journal = await verifyJournal({ directory: kit.location.stateFolder }, never);
  const isNone = journal.entries === 0;
  if (!isNone && journal.status !== "ok" && journal.status !== "torn") {
    problems.push(
      `after ${session.args.join(" ")}: the journal is ${journal.status}: ${JSON.stringify(journal.firstBad)}`,
    );
  }
  return problems;
}

/** What a command printed was durable: each of its lines is in the journal to the byte. */
async function lostLines(kit: KillKit): Promise<string[]> {
  const { stdout } = await exported(kit);
  const kept = new Set(stdout);
  const acknowledged = kit.sessions.flatMap(({ args, lines }) => (args[0] === "gates" ? [] : lines));
  return acknowledged.filter((line) => !kept.has(line)).map((line) => `lost: ${line.slice(0, 200)}`);
}

async function exported(kit: KillKit): Promise<{ stdout: readonly string[] }> {
  const { lines, code, stderr } = await kit.session(["audit", "export"]);
  if (code !== 0) throw new Error(`audit export ended with ${code}: ${stderr}`);
  return { stdout: lines };
}

function wrongCounts(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(expectedCounts)
    .filter(([path, text]) => files[path] !== text)
    .map(([path, text]) => `${path} holds ${JSON.stringify(files[path])}, expected ${JSON.stringify(text)}`);
}

function keyOf(entries: readonly Entry[]): string {
  const [enrolled] = entries.filter(({ type }) => type === "approver.enrolled");
  return (enrolled?.data as { approver?: { keyId?: string } } | undefined)?.approver?.keyId ?? "none";
}

function lastWords(kit: KillKit): string {
  return kit.sessions
    .slice(-5)
    .map(({ args, code, stderr }) => `${args.join(" ")} → ${code} ${stderr}`)
    .join("\n");
}

import type { Head, VerifyReport } from "../protocol/journal.ts";
import { journalFormat } from "../protocol/journal-format.ts";
import { type HeadOnDisk, readHead } from "./head-file.ts";
import { LineCheck, type LineProblem } from "./line-check.ts";
import { completeLines, readRange } from "./read-range.ts";
import { journalFolder, listSegments, segmentName } from "./segment-name.ts";
import { planSegments, prevHashOf, type SegmentPlan } from "./segment-plan.ts";
import { type ScanResult, type StoppedAt, scanSegment } from "./segment-scan.ts";
import { startBytes } from "./segment-start.ts";
import { sha256Hex } from "./sha256.ts";

type FirstBad = NonNullable<VerifyReport["firstBad"]>;

/**
 * Checks every byte of a journal: that lines are entries, numbered without holes from 1, each with the SHA-256 of
 * the line before, all of one workspace, up to what `head.json` names. Reads only; a host may be writing meanwhile.
 *
 * `ok` and `torn` mean that all acknowledged entries are there as they were written; `truncated` and `broken` name
 * the first bad entry. The last entry is protected by `head.json` alone: without it a warning says so.
 */
export async function verifyJournal(
  options: { directory: string },
  signal: AbortSignal,
): Promise<VerifyReport> {
  // Before the segments: a host that writes meanwhile only adds to what this head names.
  const onDisk = await readHead(options.directory);
  const head = onDisk.kind === "present" ? onDisk.head : null;
  const folder = journalFolder(options.directory);
  const segments = await listSegments(folder);
  const verification = new Verification(await planSegments(folder, segments, head), head);
  const report = await verification.run(signal);
  return { ...report, warnings: [...headWarnings(onDisk, report.entries), ...report.warnings] };
}

const tooLong: LineProblem = { kind: "own", reason: "the line is longer than any entry" };

/** One pass over all segments. */
class Verification {
  private readonly plans: readonly SegmentPlan[];
  private readonly head: Head | null;
  private readonly check: LineCheck;
  private readonly warnings: string[] = [];
  private torn = false;

  constructor(plans: readonly SegmentPlan[], head: Head | null) {
    this.plans = plans;
    this.head = head;
    this.check = new LineCheck(head);
  }

  async run(signal: AbortSignal): Promise<VerifyReport> {
    const format = this.plans.flatMap((plan) => plan.firstLines)[0]?.entry?.data.format;
    if (typeof format === "number" && format > journalFormat) {
      this.warnings.push(
        `The journal has format ${format}, which is newer than this release; only its chain is checked`,
      );
    }
    for (const [index, plan] of this.plans.entries()) {
      const firstBad = this.misplaced(plan, index) ?? (await this.segment(plan, index, signal));
      if (firstBad !== null) return this.report("broken", firstBad);
    }
    const missing = this.missingAtEnd();
    if (missing !== null) return this.report("truncated", missing);
    return this.report(this.torn ? "torn" : "ok", null);
  }

  private misplaced(plan: SegmentPlan, index: number): FirstBad | null {
    const segment = index + 1;
    if (plan.segment === segment && plan.isFile) return null;
    const reason =
      plan.segment === segment
        ? "what has the segment's name is no file"
        : `the segment is missing; ${segmentName(plan.segment)} comes next`;
    return { seq: this.check.expectedSeq, segment: segmentName(segment), line: 1, reason };
  }

  private async segment(plan: SegmentPlan, index: number, signal: AbortSignal): Promise<FirstBad | null> {
    const end = this.endOf(plan);
    if (end === 0) return null;
    const found: { problem: LineProblem | null } = { problem: null };
    const isDone = (): boolean =>
      plan.end.kind === "doubtful" && this.check.expectedSeq === plan.end.beforeSeq;
    const take = (line: Buffer, text: string, number: number): boolean => {
      if (isDone()) return true;
      found.problem = this.check.take(line, text, { segment: plan.segment, line: number });
      return found.problem !== null;
    };
    const result = await scanSegment(plan.path, end, take, signal);
    const { stopped } = result;
    if (stopped === null || isDone()) return this.leftOver(plan, result);
    return await this.blame(found.problem ?? tooLong, stopped, index);
  }

  private endOf(plan: SegmentPlan): number {
    const { end, size } = plan;
    if (end.kind === "void") return 0;
    return end.kind === "claimed" ? Math.min(end.bytes, size) : size;
  }

  private leftOver(plan: SegmentPlan, { leftOver, lines, stopped }: ScanResult): FirstBad | null {
    const name = segmentName(plan.segment);
    const bad = (reason: string): FirstBad => ({
      seq: this.check.expectedSeq,
      segment: name,
      line: lines + 1,
      reason,
    });
    if (plan.end.kind === "claimed" && plan.size < plan.end.bytes) {
      return bad(`the segment has ${plan.size} bytes where a later host accepted ${plan.end.bytes}`);
    }
    if (leftOver === 0 || stopped !== null || plan.end.kind === "doubtful") return null;
    if (plan.end.kind !== "open") return bad("the line has no end");
    this.torn = true;
    this.warnings.push(`${name} ends with ${leftOver} bytes without a line end: a write that was cut off`);
    return null;
  }

  /**
   * Names the entry that was changed. Where an entry and the `prevHash` after it disagree, the later one is at fault
   * only if what follows it, or `head.json`, does not vouch for it.
   */
  private async blame(problem: LineProblem, at: StoppedAt, index: number): Promise<FirstBad> {
    const segment = segmentName(this.plans[index]?.segment ?? 0);
    const here = { seq: this.check.expectedSeq, segment, line: at.number };
    const before = this.check.previous;
    if (problem.kind !== "link" || before === null) return { ...here, reason: problem.reason };
    if (this.head?.seq === before.seq || (await this.isVouchedFor(at, index)) === false) {
      return { ...here, reason: "its prevHash is not the hash of the entry before" };
    }
    return {
      seq: before.seq,
      segment: segmentName(before.segment),
      line: before.line,
      reason: problem.reason,
    };
  }

  /** Whether what comes after a line confirms its bytes; null where nothing does come. */
  private async isVouchedFor(at: StoppedAt, index: number): Promise<boolean | null> {
    const hash = sha256Hex(at.line);
    if (this.head?.seq === this.check.expectedSeq) return this.head.hash === hash;
    const plan = this.plans[index];
    if (plan === undefined) return null;
    const start = at.offset + at.line.length + 1;
    const bytes = await readRange(plan.path, start, Math.min(this.endOf(plan), start + startBytes));
    const next = completeLines(bytes).next();
    const prevHash = next.done === true ? this.firstPrevHashAfter(index) : prevHashOf(next.value.line);
    return prevHash === null ? null : prevHash === hash;
  }

  private firstPrevHashAfter(index: number): string | null {
    const later = this.plans.slice(index + 1).filter((plan) => this.endOf(plan) > 0);
    return later[0]?.firstLines[0]?.prevHash ?? null;
  }

  private missingAtEnd(): FirstBad | null {
    const seq = this.check.expectedSeq;
    if (this.head === null || this.head.seq < seq) return null;
    const last = this.plans.at(-1);
    const previous = this.check.previous;
    const line = previous !== null && previous.segment === last?.segment ? previous.line + 1 : 1;
    const reason = `entries ${seq} to ${this.head.seq}, which head.json names, are missing`;
    return { seq, segment: segmentName(last?.segment ?? 1), line, reason };
  }

  private report(status: VerifyReport["status"], firstBad: FirstBad | null): VerifyReport {
    const previous = this.check.previous;
    return {
      status,
      entries: previous?.seq ?? 0,
      head: previous === null ? null : { seq: previous.seq, hash: previous.hash },
      ...(firstBad === null ? {} : { firstBad }),
      fenced: this.fenced(),
      warnings: [...this.warnings, ...this.fenceWarnings()],
    };
  }

  private fenced(): VerifyReport["fenced"] {
    return this.plans
      .filter((plan) => plan.end.kind === "claimed" || plan.end.kind === "void")
      .map((plan) => ({ plan, acceptedBytes: this.endOf(plan) }))
      .filter(({ plan, acceptedBytes }) => plan.size > acceptedBytes)
      .map(({ plan, acceptedBytes }) => ({
        segment: segmentName(plan.segment),
        acceptedBytes,
        extraBytes: plan.size - acceptedBytes,
      }));
  }

  private fenceWarnings(): string[] {
    return this.fenced().map(
      ({ segment, extraBytes }) =>
        `${segment} has ${extraBytes} bytes that no later host accepted; they do not count`,
    );
  }
}

function headWarnings(head: HeadOnDisk, entries: number): string[] {
  if (head.kind === "present") return head.exact ? [] : ["head.json was written by another program"];
  if (head.kind === "missing" && entries === 0) return [];
  const what = head.kind === "missing" ? "is missing" : "cannot be read";
  return [`head.json ${what}: whether entries at the end were cut off or changed cannot be told`];
}

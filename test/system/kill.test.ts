import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import { killAtCalls } from "../faults/call-kills.ts";
import { killAtRandomTimes } from "../faults/random-kills.ts";
import { bundleApart } from "../support/kill-bundle.ts";
import { type Driven, driveRun } from "../support/kill-drive.ts";
import { KillKit, type KillPoint, type Session } from "../support/kill-kit.ts";
import { killRulesWithAllPhases } from "../support/kill-workload.ts";

const limitMs = 300_000;

let bundle: Awaited<ReturnType<typeof bundleApart>>;

beforeAll(async () => {
  bundle = await bundleApart();
});

afterAll(async () => {
  await bundle.remove();
});

async function kitFor(options: Parameters<typeof KillKit.make>[0] = {}): Promise<KillKit> {
  const kit = await KillKit.make({ main: bundle.main, ...options });
  onTestFinished(() => kit.dispose());
  return kit;
}

async function unkilled(): Promise<Driven> {
  return await driveRun(await kitFor(), { nextKill: () => null });
}

describe("a run whose hosts are killed", () => {
  it(
    "50 times at random loses nothing, repeats nothing and ends with the same files",
    async () => {
      const { files, problems } = await unkilled();
      expect(problems).toEqual([]);
      const summary = await killAtRandomTimes({ seed: 11, kills: 50, lanes: 2, main: bundle.main, files });
      console.log(summary.text());
      expect(summary.problems).toEqual([]);
      expect(summary.kills).toBeGreaterThanOrEqual(50);
      expect(summary.counts.rerun).toBe(0);
      expect(summary.counts.inDoubt).toBeLessThanOrEqual(summary.counts.inFlight);
      expect(summary.medianResumeMs()).toBeLessThan(2_000);
    },
    limitMs,
  );

  it(
    "before calls of each kind that change the disk does the same",
    async () => {
      const summary = await killAtCalls({ seed: 5, kills: 4, stride: 12, lanes: 2, main: bundle.main });
      console.log(summary.text());
      expect(summary.problems).toEqual([]);
      expect(summary.runs).toBe(summary.killedRuns);
    },
    limitMs,
  );

  it(
    "right after the first entry of each kind does the same",
    async () => {
      const seen = new Map<string, number>();
      const driven = await driveRun(await kitFor(), { nextKill: () => onEntryOfNewKind(seen) });
      expect(driven.problems).toEqual([]);
      expect([...seen.keys()]).toEqual(expect.arrayContaining(kindsOfEntries));
      expect(driven.kills).toBeGreaterThanOrEqual(kindsOfEntries.length);
    },
    limitMs,
  );

  it(
    "in every phase and over every wait stands again where it stood",
    async () => {
      const kit = await kitFor({ rules: killRulesWithAllPhases });
      const phases = [...tenPhases];
      const waited: string[] = [];
      const driven = await driveRun(kit, {
        profile: "full",
        nextKill: () => (phases[0] === undefined ? null : onEntryOf(phases[0])),
        onSession: async (session) => {
          if (session.isKilled) phases.shift();
          else if (session.code === 6) waited.push(...(await killWhileWaiting(kit, session)));
        },
      });
      expect(driven.problems).toEqual([]);
      expect(phases).toEqual([]);
      expect(new Set(waited.map((id) => id.slice(0, 2)))).toEqual(new Set(["g-", "a-"]));
      expect(waited).toEqual(expect.arrayContaining(["g-design-1", "g-review-1"]));
    },
    limitMs,
  );
});

describe("a run on a disk that fills up", () => {
  it.each(["160k", "240k", "320k", "480k"])(
    "with %s stops without losing or repeating anything, and goes on when there is space",
    async (size) => {
      const kit = await kitFor({ homeSize: size });
      let isFull = true;
      const driven = await driveRun(kit, {
        nextKill: () => null,
        mayEndSo: ({ code, stderr }) => isFull && code === 1 && /no space left|ENOSPC|is full/i.test(stderr),
        onSession: async ({ code }) => {
          if (code !== 1) return;
          execFileSync("mount", ["-o", "remount,size=50M", kit.home]);
          isFull = false;
        },
      });
      expect(driven.problems).toEqual([]);
      expect(isFull).toBe(false);
    },
    limitMs,
  );
});

describe("a run that stops to wait just when the disk is full", () => {
  it(
    "ends its command all the same",
    async () => {
      // Between a disk that is too small and one on which it fits lies the one that takes all but its last words.
      let [small, large] = [40, 512];
      while (large - small > 1) {
        const pages = Math.floor((small + large) / 2);
        const code = await runOnDisk(pages);
        expect([1, 6]).toContain(code);
        if (code === 6) large = pages;
        else small = pages;
      }
      for (const pages of [small - 2, small - 1, small]) expect([1, 6]).toContain(await runOnDisk(pages));
    },
    limitMs,
  );
});

/** Exit code of a run on a disk of so many pages; null for one that did not end by itself. */
async function runOnDisk(pages: number): Promise<number | null> {
  const kit = await kitFor({ homeSize: `${pages * 4}k` });
  const tooLong = { kind: "time", from: "start", ms: 20_000, whom: "group" } as const;
  const { code, isKilled } = await kit.session(kit.runArgs("change"), tooLong);
  return isKilled ? null : code;
}

const tenPhases = [
  "initialization",
  "requirements",
  "research",
  "analysis",
  "design",
  "planning",
  "implementation",
  "review",
  "verification",
  "delivery",
] as const;

/** Some of what a run writes; each was once the last that a host was seen to write. */
const kindsOfEntries = [
  "run.started",
  "task.planned",
  "task.started",
  "model.requested",
  "model.answered",
  "effect.intended write_file",
  "effect.intended edit_file",
  "effect.intended delete_file",
  "effect.intended run_command",
  "effect.completed read_file",
  "effect.completed write_file",
  "effect.completed run_command",
  "effect.completed plan_tasks",
  "effect.completed submit_result",
  "effect.inDoubt",
  "approval.requested run_command",
  "task.finished",
  "gate.evaluated",
  "effect.intended apply_changes",
];

/** A command is cut twice in a row: what was said about the first doubt is no answer to the second. */
const killsOf = (kind: string): number => (kind === "effect.intended run_command" ? 2 : 1);

function onEntryOfNewKind(seen: Map<string, number>): KillPoint {
  const matches = ({ type, data }: Entry): boolean => {
    const kind = typeof data.tool === "string" ? `${type} ${data.tool}` : type;
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    return count < killsOf(kind);
  };
  return { kind: "entry", matches, whom: "group" };
}

function onEntryOf(phase: string): KillPoint {
  const matches = ({ type, data }: Entry): boolean => type === "phase.entered" && data.phase === phase;
  return { kind: "entry", matches, whom: "group" };
}

/** Kills a host while the run waits in it. Returns what it waits for; the next host knows exactly the same. */
async function killWhileWaiting(kit: KillKit, session: Session): Promise<readonly string[]> {
  const runId = runIdIn(session);
  const kill = await kit.serve();
  expect((await kit.session(["runs", "resume", runId, "--json"])).code).toBe(6);
  const before = await waiting(kit);
  await kill();
  const after = await waiting(kit);
  expect(after).toEqual(before);
  expect(before.length).toBeGreaterThan(0);
  return before.map(({ id }) => id);
}

function runIdIn({ args, lines }: Session): string {
  return /r-[0-9a-z-]+/.exec(args.join(" ") + lines.join(""))?.[0] ?? "";
}

async function waiting(kit: KillKit): Promise<{ id: string; digest: string }[]> {
  const { lines, stderr } = await kit.session(["gates", "list", "--json"]);
  if (lines[0] === undefined) throw new Error(`no list: ${stderr}`);
  const { gates, approvals } = JSON.parse(lines[0]) as {
    gates: { subject: { gateId: string }; digest: string }[];
    approvals: { subject: { approvalId: string }; digest: string }[];
  };
  return [
    ...gates.map(({ subject, digest }) => ({ id: subject.gateId, digest })),
    ...approvals.map(({ subject, digest }) => ({ id: subject.approvalId, digest })),
  ];
}

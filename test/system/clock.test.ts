import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../agent-host/protocol/journal.ts";
import { driveRun } from "../support/kill-drive.ts";
import { KillKit, type KillPoint } from "../support/kill-kit.ts";

const limitMs = 120_000;
const hourMs = 3_600_000;

async function kitFor(): Promise<KillKit> {
  const kit = await KillKit.make();
  onTestFinished(() => kit.dispose());
  return kit;
}

const inImplementation: KillPoint = {
  kind: "entry",
  matches: ({ type }: Entry) => type === "effect.intended",
  whom: "group",
};

test(
  "a run that began an hour ahead and goes on an hour behind comes to the same",
  async () => {
    const kit = await kitFor();
    kit.prefix = ["faketime", "-f", "+1h"];
    let kill: KillPoint | null = inImplementation;
    const driven = await driveRun(kit, {
      nextKill: () => kill,
      onSession: async ({ isKilled }) => {
        if (!isKilled) return;
        kill = null;
        kit.prefix = ["faketime", "-f", "-1h"];
      },
    });
    expect(driven.problems).toEqual([]);
    expect(driven.kills).toBe(1);
    const times = driven.entries.map(({ time }) => Date.parse(time));
    expect((times[0] ?? 0) - Date.now()).toBeGreaterThan(hourMs / 2);
    // The journal keeps them in the order of `seq`, whatever the clock says.
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(driven.entries.map(({ seq }) => seq)).toEqual(driven.entries.map((_, index) => index + 1));
  },
  limitMs,
);

test(
  "an approval does not time out because the clock is put forward",
  async () => {
    const kit = await kitFor();
    const clock = join(kit.folder, "clock");
    await writeFile(clock, "+0");
    const kill = await kit.serve({
      // The program that `faketime` is sets an offset that cannot change any more.
      LD_PRELOAD: execFileSync("faketime", ["-f", "+0", "printenv", "LD_PRELOAD"], {
        encoding: "utf8",
      }).trim(),
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    });
    const started = await kit.session(kit.runArgs("change"));
    expect(started.code).toBe(6);
    await writeFile(clock, "+2h");
    const runId = /r-[0-9a-z-]+/.exec(started.lines.join(""))?.[0] ?? "";
    const waits = await kit.session(["runs", "resume", runId, "--json"]);
    expect(waits).toMatchObject({ code: 6 });
    await kill();
    const entries = await kit.entries();
    expect(entries.filter(({ type }) => type === "run.paused")).toEqual([]);
    expect(Date.parse(entries.at(-1)?.time ?? "") - Date.now()).toBeGreaterThan(hourMs);
  },
  limitMs,
);

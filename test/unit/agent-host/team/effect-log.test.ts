import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../agent-host/core/digest.ts";
import type { EventDraft } from "../../../../agent-host/protocol/events.ts";
import { EffectLog } from "../../../../agent-host/team/effect-log.ts";
import type { EffectCheck, PreparedCall } from "../../../../agent-host/tools/tool.ts";
import { coder, never, type TeamRun, teamRun, temporaryFolder } from "../../../support/team-run.ts";

const place = {
  effectId: "e-a-1-1-0",
  taskId: "t-a",
  tool: "write_file",
  toolCallId: "c1",
  actor: coder,
};
const permission: EventDraft = {
  type: "permission.decided",
  actor: coder,
  data: { permission: "use:tool/write_file", allowed: true, reason: "scope.paths" },
};

function call(change: Partial<PreparedCall> = {}): PreparedCall {
  return {
    access: { kind: "none" },
    hasEffect: true,
    facts: ["file: a.txt"],
    check: { kind: "none" },
    perform: async () => ({ text: "done", isError: false }),
    recovered: () => ({ text: "done before", isError: false }),
    ...change,
  };
}

const hostEnds = new Error("the host ends");

/** An effect on `a.txt` during which the host ends, after `happened` stands in the file. */
async function interrupted(check: EffectCheck["kind"], happened: string | null) {
  const folder = await temporaryFolder();
  const file = join(folder, "a.txt");
  await writeFile(file, "before");
  const digests = { before: sha256("before"), after: sha256("after") };
  const checks: EffectCheck =
    check === "files" ? { kind: check, files: [{ path: "a.txt", ...digests }] } : { kind: check };
  const run = await teamRun();
  const perform = async (): Promise<never> => {
    if (happened !== null) await writeFile(file, happened);
    throw hostEnds;
  };
  const prepared = call({ check: checks, perform });
  const given = { call: prepared, input: {}, permission };
  await expect(new EffectLog(run.setup).perform(place, given, never)).rejects.toBe(hostEnds);
  const next = await run.afterCrash();
  return { run: next, effects: new EffectLog(next.setup), folder: async () => folder, file };
}

function settled(run: TeamRun) {
  return run.dataOf("effect.settled").map(({ as }) => as);
}

describe("an effect of the first release", () => {
  it.each([
    ["after", "done"],
    ["before", "none"],
    ["else", "inDoubt"],
  ])("whose file is as %s is %s", async (now, kind) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a.txt"), now);
    const run = await teamRun();
    const recovered = { text: "done before", isError: false };
    const detail = await run.log.keep(JSON.stringify({ input: {}, facts: [], path: "a.txt", recovered }));
    const check = { kind: "file" as const, before: sha256("before"), after: sha256("after") };
    const { effectId, tool, taskId, actor } = place;
    await run.record({ type: "effect.intended", taskId, actor, data: { effectId, tool, detail, check } });
    const outcome = await new EffectLog(run.setup).settleOpen(place, async () => folder);
    expect(outcome.kind).toBe(kind);
  });
});

describe("an effect", () => {
  it("begins only once its intent and permission are durable, and ends with a durable result", async () => {
    const run = await teamRun();
    const types = (): string[] => run.entries.map(({ type }) => type).slice(2);
    let before: string[] = [];
    const prepared = call({
      perform: async () => {
        before = types();
        return { text: "done", isError: false };
      },
    });
    await new EffectLog(run.setup).perform(place, { call: prepared, input: { a: 1 }, permission }, never);
    expect(before).toEqual(["permission.decided", "effect.intended"]);
    expect(types()).toEqual([...before, "effect.completed"]);
    expect(run.log.state.effects).toEqual({});
    const [intent] = run.dataOf("effect.intended");
    expect(JSON.parse(await run.log.recall(intent?.detail.blob ?? ""))).toMatchObject({
      input: { a: 1 },
      facts: ["file: a.txt"],
      recovered: { text: "done before" },
    });
    const [done] = run.dataOf("effect.completed");
    expect(JSON.parse(await run.log.recall(done?.result.blob ?? ""))).toEqual({
      toolCallId: "c1",
      text: "done",
      isError: false,
    });
  });

  it("needs no intent when it changes nothing", async () => {
    const run = await teamRun();
    const prepared = call({ hasEffect: false });
    const { taskId, effectId } = place;
    await new EffectLog(run.setup).perform(place, { call: prepared, input: {}, permission }, never);
    // The task's next entry waits for both.
    await run.log.record([
      { type: "effect.settled", taskId, actor: place.actor, data: { effectId, as: "done" } },
    ]);
    const types = run.entries.map(({ type }) => type).slice(2);
    expect(types).toEqual(["permission.decided", "effect.completed", "effect.settled"]);
  });

  it("is journaled as failed when it did not work", async () => {
    const run = await teamRun();
    const prepared = call({ perform: async () => ({ text: "no", isError: true }) });
    await new EffectLog(run.setup).perform(place, { call: prepared, input: {}, permission }, never);
    expect(run.entries.at(-1)).toMatchObject({ outcome: "failed", data: { isError: true } });
  });
});

describe("an effect that was under way when the host ended", () => {
  it("is nothing where none began", async () => {
    const run = await teamRun();
    const open = await new EffectLog(run.setup).settleOpen(place, async () => run.folder);
    expect(open).toEqual({ kind: "none" });
    expect(settled(run)).toEqual([]);
  });

  it("is done where the file shows that it happened, and gets its result without being done again", async () => {
    const { run, effects, folder } = await interrupted("files", "after");
    expect(await effects.settleOpen(place, folder)).toEqual({
      kind: "done",
      output: { text: "done before", isError: false },
    });
    expect(settled(run)).toEqual(["done"]);
    expect(run.dataOf("effect.completed")).toHaveLength(1);
    expect(run.log.state.effects).toEqual({});
  });

  it("may be done again where the file shows that it did not happen", async () => {
    const { run, effects, folder } = await interrupted("files", null);
    expect(await effects.settleOpen(place, folder)).toEqual({ kind: "none" });
    expect(settled(run)).toEqual(["notDone"]);
    expect(run.log.state.effects).toEqual({});
  });

  it("is in doubt where the file is neither, is said so once, and the file stays as it is", async () => {
    const { run, effects, folder, file } = await interrupted("files", "half");
    expect(await effects.settleOpen(place, folder)).toMatchObject({
      kind: "inDoubt",
      facts: ["file: a.txt"],
    });
    await effects.settleOpen(place, folder);
    expect(run.dataOf("effect.inDoubt")).toHaveLength(1);
    expect(run.log.state.effects[place.effectId]).toMatchObject({ inDoubt: true });
    expect(await readFile(file, "utf8")).toBe("half");
  });

  it("is in doubt where a folder stands in the file's place", async () => {
    const { effects, folder, file } = await interrupted("files", null);
    await rm(file);
    await mkdir(file);
    expect(await effects.settleOpen(place, folder)).toMatchObject({ kind: "inDoubt" });
  });

  it("may be done again where doing it twice changes nothing", async () => {
    const { run, effects, folder } = await interrupted("repeatable", null);
    expect(await effects.settleOpen(place, folder)).toEqual({ kind: "none" });
    expect(settled(run)).toEqual(["notDone"]);
  });

  it("is in doubt where nothing tells whether it happened", async () => {
    const { effects, folder } = await interrupted("none", "after");
    expect(await effects.settleOpen(place, folder)).toMatchObject({
      kind: "inDoubt",
      reason: "nothing tells whether it ended",
    });
  });

  it("is done again or left as a person says", async () => {
    const repeated = await interrupted("none", null);
    await repeated.effects.settleOpen(place, repeated.folder);
    expect(await repeated.effects.settleByPerson(place, "repeat")).toEqual({ kind: "none" });
    expect(repeated.run.log.state.effects).toEqual({});
    const left = await interrupted("none", null);
    await left.effects.settleOpen(place, left.folder);
    expect(await left.effects.settleByPerson(place, "leave")).toMatchObject({
      kind: "done",
      output: { isError: true, text: expect.stringContaining("may or may not have happened") },
    });
    expect(settled(left.run)).toEqual(["leave"]);
    expect(left.run.dataOf("effect.completed")).toMatchObject([{ isError: true }]);
  });
});

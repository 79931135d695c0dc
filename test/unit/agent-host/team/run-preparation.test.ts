import { describe, expect, it } from "vitest";
import type { EffectiveRules } from "../../../../agent-host/config/effective-rules.ts";
import { digestOf } from "../../../../agent-host/core/digest.ts";
import { RunLog } from "../../../../agent-host/team/run-log.ts";
import { type PreparationOptions, prepareRun } from "../../../../agent-host/team/run-preparation.ts";
import { shippedRules } from "../../../support/rules-fixture.ts";
import { hostActor, never, noLimits, person, sandboxOf, teamRun } from "../../../support/team-run.ts";
import { MemoryTrees } from "../../../support/team-trees.ts";

function effective(change: Partial<ReturnType<typeof shippedRules>> = {}): EffectiveRules {
  const rules = { ...shippedRules(), ...change };
  return { rules, checksum: digestOf(rules), parts: [], inert: null, refusals: [] };
}

/** A run that is created and not prepared yet. */
async function createdRun(change: Partial<PreparationOptions> = {}) {
  const { journal, blobs } = await teamRun();
  const log = new RunLog({ runId: "r-new-1", journal, blobs, state: undefined, signal: never });
  const data = {
    goal: await log.keep("Make it greet"),
    profile: "change" as const,
    provider: "scripted" as const,
    budget: { ...noLimits, tokens: 7 },
  };
  await log.record([{ type: "run.created", actor: person, data }]);
  const options: PreparationOptions = {
    log,
    work: { trees: new MemoryTrees(), sandbox: sandboxOf(() => ({}), "unsandboxed") },
    rules: async () => effective(),
    detectCommands: async () => ({ test: ["npm", "test"], lint: ["npm", "run", "lint"] }),
    ...change,
  };
  return { log, options };
}

describe("what a run is pinned to", () => {
  it("are rules, scope, budget, commands, and the workspace as it is, said with its assurance", async () => {
    const { log, options } = await createdRun();
    const { pinned, rulesChecksum } = await prepareRun(options, never);
    expect(rulesChecksum).toBe(effective().checksum);
    expect(pinned).toMatchObject({ scope: shippedRules().scope, budget: { tokens: 7 } });
    expect(log.state).toMatchObject({
      rulesChecksum,
      assurance: "unsandboxed",
      baseTree: await options.work?.trees.snapshot(never),
      tree: log.state.baseTree,
    });
    expect(log.state.phases.map(({ phase }) => phase)).toEqual(shippedRules().profiles.change);
  });

  it("takes the rules' commands over those it found", async () => {
    const { options } = await createdRun({
      rules: async () => effective({ commands: { test: ["make", "check"] } }),
    });
    const { pinned } = await prepareRun(options, never);
    expect(pinned.commands).toEqual({ test: ["make", "check"], lint: ["npm", "run", "lint"] });
  });

  it("stays when rules, commands and files change later", async () => {
    const { log, options } = await createdRun();
    const first = await prepareRun(options, never);
    const changed = {
      ...options,
      rules: async () => effective({ protected: [] }),
      detectCommands: async () => ({ test: ["true"] }),
    };
    expect(await prepareRun(changed, never)).toEqual(first);
    expect(log.state.phases).toHaveLength(7);
  });

  it("is not worked on without the sandbox that it began in", async () => {
    const { log, options } = await createdRun({
      work: { trees: new MemoryTrees(), sandbox: sandboxOf(() => ({}), "sandboxed") },
    });
    await prepareRun(options, never);
    expect(log.state.assurance).toBe("sandboxed");
    const work = { trees: new MemoryTrees(), sandbox: sandboxOf(() => ({}), "unsandboxed") };
    const refused = { code: "sandbox.lost", hint: expect.stringContaining("resume") };
    await expect(prepareRun({ ...options, work }, never)).rejects.toMatchObject(refused);
  });

  it("has no tree and no assurance without a model", async () => {
    const { log, options } = await createdRun({ work: null });
    await prepareRun(options, never);
    expect(log.state).toMatchObject({ baseTree: null, assurance: null });
  });

  it("is missing for a run of an older release, which is said", async () => {
    const { log, options } = await createdRun();
    const data = { phases: ["analysis" as const], rulesChecksum: "c".repeat(64) };
    await log.record([{ type: "run.started", actor: hostActor, data }]);
    await expect(prepareRun(options, never)).rejects.toMatchObject({ code: "run.olderRelease" });
  });
});

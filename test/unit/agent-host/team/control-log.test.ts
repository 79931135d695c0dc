import { describe, expect, it } from "vitest";
import { HostError } from "../../../../agent-host/core/host-error.ts";
import { ControlLog } from "../../../../agent-host/team/control-log.ts";
import { signer } from "../../../support/team-inbox.ts";
import { hostActor, never, person, teamRun } from "../../../support/team-run.ts";

const trusted = { type: "config.changed", actor: person, data: { key: "trusted", value: true } } as const;
const enrolled = {
  type: "approver.enrolled",
  actor: hostActor,
  data: { approver: signer("ada", "lead").approver, by: null },
} as const;

describe("ControlLog", () => {
  it("knows what an earlier host was told", async () => {
    const { journal } = await teamRun();
    await journal.append([trusted, enrolled], never);
    const state = await new ControlLog(journal).current();
    expect(state).toMatchObject({ trusted: true, isFirstKeyOpen: false });
    expect(Object.keys(state.approvers)).toHaveLength(1);
  });

  it("follows what comes later", async () => {
    const { journal } = await teamRun();
    const control = new ControlLog(journal);
    expect((await control.current()).trusted).toBe(false);
    await journal.append([trusted], never);
    expect((await control.current()).trusted).toBe(true);
    await journal.append([{ ...trusted, data: { key: "trusted", value: false } }], never);
    expect((await control.current()).trusted).toBe(false);
  });

  it("loses nothing that comes while it reads, and folds nothing twice", async () => {
    const { journal } = await teamRun();
    let isFirst = true;
    const control = new ControlLog({
      subscribe: (listener) => journal.subscribe(listener),
      read: async (query, signal) => {
        const found = await journal.read(query, signal);
        if (isFirst) {
          isFirst = false;
          await journal.append([trusted, enrolled], never);
        }
        return found;
      },
    });
    const state = await control.current();
    expect(state).toMatchObject({ trusted: true, lastSeq: journal.head.seq });
    expect(Object.keys(state.approvers)).toHaveLength(1);
  });

  it("is asked again after the journal could not be read, and follows it then", async () => {
    const { journal } = await teamRun();
    await journal.append([enrolled], never);
    let isBroken = true;
    const control = new ControlLog({
      subscribe: (listener) => journal.subscribe(listener),
      read: async (query, signal) => {
        if (isBroken) throw new HostError("journal.damaged", "broken");
        return await journal.read(query, signal);
      },
    });
    const failed = [control.current(), control.current()];
    let again: Promise<unknown> = Promise.resolve();
    const first = failed[0]?.catch(() => {
      isBroken = false;
      again = control.current();
    });
    await Promise.allSettled([first, ...failed]);
    await again;
    await journal.append([trusted], never);
    expect(await control.current()).toMatchObject({ trusted: true, isFirstKeyOpen: false });
  });
});

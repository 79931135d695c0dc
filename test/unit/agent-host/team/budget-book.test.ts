import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Amount } from "../../../../agent-host/protocol/scope.ts";
import { reservedAmount } from "../../../../agent-host/protocol/state/fold-budget.ts";
import { BudgetBook } from "../../../../agent-host/team/budget-book.ts";
import { coder, never, settle, type TeamRun, teamRun } from "../../../support/team-run.ts";

function request(taskId: string, wanted: Amount, turn = 1) {
  const data = { attempt: 1, turn, model: "m", promptChecksum: "d".repeat(64), reserved: wanted };
  const key = `${taskId}/1/${turn}`;
  return { key, wanted, request: { type: "model.requested" as const, taskId, actor: coder, data } };
}

function answered(taskId: string, tokens: number, turn = 1) {
  const usage = { inputTokens: tokens, outputTokens: 0, costUsd: 0 };
  const data = { attempt: 1, turn, usage };
  return { type: "model.answered" as const, taskId, actor: coder, data };
}

function tokens(count: number): Amount {
  return { tokens: count, usd: 0, modelCalls: 1 };
}

function book(run: TeamRun, minutes = () => 0): BudgetBook {
  return new BudgetBook(run.log, minutes);
}

describe("BudgetBook", () => {
  it("sets aside what a call may cost before it resolves", async () => {
    const run = await teamRun({ budget: { tokens: 100 } });
    await book(run).reserve(request("t-a", tokens(60)), never);
    expect(reservedAmount(run.log.state.budget)).toEqual(tokens(60));
  });

  it("lets a call wait while only what others have set aside stands in its way", async () => {
    const run = await teamRun({ budget: { tokens: 100 } });
    const budget = book(run);
    await budget.reserve(request("t-a", tokens(60)), never);
    const second = budget.reserve(request("t-b", tokens(60)), never);
    await settle();
    expect(run.dataOf("model.requested")).toHaveLength(1);
    await run.record(answered("t-a", 10));
    await second;
    expect(run.log.state.budget.spent.tokens + reservedAmount(run.log.state.budget).tokens).toBe(70);
    expect(run.dataOf("budget.exhausted")).toEqual([]);
  });

  it("refuses a call that what is spent leaves no room for, says by how much, and journals it", async () => {
    const run = await teamRun({ budget: { tokens: 100 } });
    const budget = book(run);
    await budget.reserve(request("t-a", tokens(60)), never);
    await run.record(answered("t-a", 50));
    await expect(budget.reserve(request("t-b", tokens(60)), never)).rejects.toMatchObject({
      code: "budget.exhausted",
      message: expect.stringContaining("50 spent"),
    });
    expect(run.dataOf("budget.exhausted")).toEqual([
      { kind: "tokens", limit: 100, spent: 50, reserved: 0, wanted: 60 },
    ]);
    expect(run.dataOf("model.requested")).toHaveLength(1);
  });

  it("refuses at once a call that could never fit", async () => {
    const run = await teamRun({ budget: { usd: 0.01 } });
    const wanted = { tokens: 1, usd: 0.02, modelCalls: 1 };
    await expect(book(run).reserve(request("t-a", wanted), never)).rejects.toMatchObject({
      code: "budget.exhausted",
    });
  });

  it("refuses once the minutes are used up, without waiting for others", async () => {
    const run = await teamRun({ budget: { minutes: 5 } });
    let minutes = 4;
    const budget = book(run, () => minutes);
    await budget.reserve(request("t-a", tokens(1)), never);
    minutes = 5;
    await expect(budget.reserve(request("t-b", tokens(1)), never)).rejects.toMatchObject({
      code: "budget.exhausted",
      message: expect.stringContaining("5 minutes"),
    });
  });

  it("says once that 80 per cent are used, however many calls begin then", async () => {
    const run = await teamRun({ budget: { tokens: 100 } });
    const budget = book(run);
    await budget.reserve(request("t-a", tokens(80)), never);
    await run.record(answered("t-a", 80));
    await Promise.all(["t-b", "t-c", "t-d"].map((id) => budget.reserve(request(id, tokens(1)), never)));
    expect(run.dataOf("budget.warned")).toEqual([{ kind: "tokens", percent: 80, limit: 100 }]);
  });

  it("says once that the budget is used up, however many calls are refused", async () => {
    const run = await teamRun({ budget: { tokens: 10 } });
    const budget = book(run);
    const refused = ["t-a", "t-b", "t-c"].map((id) => budget.reserve(request(id, tokens(20)), never));
    const outcomes = await Promise.allSettled(refused);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(run.dataOf("budget.exhausted")).toHaveLength(1);
  });

  it("ends the wait when the run stops, and sets nothing aside for it", async () => {
    const run = await teamRun({ budget: { modelCalls: 1 } });
    const budget = book(run);
    await budget.reserve(request("t-a", tokens(1)), never);
    const stop = new AbortController();
    const waiting = budget.reserve(request("t-b", tokens(1)), stop.signal);
    const told = expect(waiting).rejects.toThrow("stop");
    stop.abort(new Error("stop"));
    await told;
    expect(Object.keys(run.log.state.budget.reserved)).toEqual(["t-a/1/1"]);
  });

  it("goes on once the budget was extended while a call waited", async () => {
    const run = await teamRun({ budget: { tokens: 100 } });
    const budget = book(run);
    await budget.reserve(request("t-a", tokens(100)), never);
    const second = budget.reserve(request("t-b", tokens(50)), never);
    const limits = { ...run.log.state.budget.limits, tokens: 200 };
    await run.record({ type: "budget.extended", actor: coder, data: { budget: limits } });
    await second;
    expect(reservedAmount(run.log.state.budget).tokens).toBe(150);
  });

  it("never has more spent and set aside than the limit, in whatever order calls begin and end", async () => {
    const call = fc.record({
      wanted: fc.integer({ min: 1, max: 60 }),
      part: fc.integer({ min: 0, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 2, maxLength: 12 }),
        fc.scheduler(),
        async (calls, scheduler) => {
          const run = await teamRun({ budget: { tokens: 150, modelCalls: 8 } });
          const budget = book(run);
          let most = 0;
          run.journal.subscribe(() => {
            const { spent } = run.log.state.budget;
            most = Math.max(most, spent.tokens + reservedAmount(run.log.state.budget).tokens);
          });
          const ended = calls.map(async ({ wanted, part }, index) => {
            await scheduler.schedule(Promise.resolve(), `begin ${index}`);
            await budget.reserve(request(`t-${index}`, tokens(wanted)), never);
            await scheduler.schedule(Promise.resolve(), `end ${index}`);
            await run.record(answered(`t-${index}`, Math.floor((wanted * part) / 100)));
          });
          const outcomes = Promise.allSettled(ended);
          await scheduler.waitFor(outcomes);
          for (const outcome of await outcomes) {
            if (outcome.status === "rejected") expect(outcome.reason.code).toBe("budget.exhausted");
          }
          const { spent, reserved } = run.log.state.budget;
          expect(most).toBeLessThanOrEqual(150);
          expect(spent.modelCalls).toBeLessThanOrEqual(8);
          expect(reserved).toEqual({});
          await run.journal.close("done");
        },
      ),
      { numRuns: 25 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { fill } from "../../../../agent-host/protocol/display.ts";
import { summaryOf } from "../../../../agent-host/protocol/state/fold-run.ts";
import type { LinkView } from "../../../../agent-host/protocol/webview.ts";
import { statusOf } from "../../../../extension/views/status-model.ts";
import { done, working } from "../../../support/run-fixture.ts";

const language = { t: fill, locale: "en", nowMs: 0 };
const live: LinkView = { kind: "live" };
const lostAt = "2026-03-04T10:00:00.000Z";

function statusFor(link: LinkView, ...runs: (typeof working)[]) {
  return statusOf(
    [{ name: "shop", link, runs: runs.map(summaryOf) }],
    { isTrusted: true, waiting: 0 },
    language,
  );
}

describe("statusOf", () => {
  it("is quiet while nothing runs", () => {
    expect(statusFor(live, done).text).toBe("$(organization) Agent Team");
  });

  it("shows the phase and tasks of the one run under way", () => {
    expect(statusFor(live, done, working).text).toBe("$(loading~spin) Agent Team: analysis 1/3");
  });

  it("counts several runs", () => {
    expect(statusFor(live, working, working).text).toContain("2 runs");
  });

  it("puts what waits for this window before what runs, and opens its review", () => {
    const folder = { name: "shop", link: live, runs: [summaryOf(working)] };
    const statusWith = (waiting: number) => statusOf([folder], { isTrusted: true, waiting }, language);
    expect(statusWith(1)).toMatchObject({
      text: "$(bell-dot) Agent Team: 1 waits for you",
      command: "agentTeam.reviewNext",
    });
    expect(statusWith(3).text).toContain("3 wait for you");
    expect(statusWith(0)).toMatchObject({ command: "agentTeam.team.focus" });
  });

  it("puts a stopped host before a running run", () => {
    const status = statusFor({ kind: "stopped", message: "It ended 3 times", hint: null, lostAt }, working);
    expect(status).toMatchObject({ isError: true, tooltip: "It ended 3 times" });
  });

  it("says in Restricted Mode that nothing starts", () => {
    expect(statusOf([], { isTrusted: false, waiting: 0 }, language).tooltip).toBe(
      "Restricted Mode: nothing starts",
    );
  });
});

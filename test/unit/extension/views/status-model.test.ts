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
  return statusOf([{ name: "shop", link, runs: runs.map(summaryOf) }], true, language);
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

  it("puts a stopped host before a running run", () => {
    const status = statusFor({ kind: "stopped", message: "It ended 3 times", hint: null, lostAt }, working);
    expect(status).toMatchObject({ isError: true, tooltip: "It ended 3 times" });
  });

  it("says in Restricted Mode that nothing starts", () => {
    expect(statusOf([], false, language).tooltip).toBe("Restricted Mode: nothing starts");
  });
});

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { summaryOf } from "../../../../agent-host/protocol/state/fold-run.ts";
import { knownRuns, parseKnownRuns } from "../../../../extension/host/known-runs.ts";
import { working } from "../../../support/run-fixture.ts";

const summary = summaryOf(working);

describe("knownRuns", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "known-runs-"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("knows nothing of a folder in which no host ran", async () => {
    expect(await knownRuns(folder)).toEqual([]);
  });

  it("knows nothing from a view that was cut off", async () => {
    await mkdir(join(folder, "views"));
    await writeFile(join(folder, "views", "runs.json"), '{"runs":[{"summ');
    expect(await knownRuns(folder)).toEqual([]);
  });

  it("reads the list of the last host", async () => {
    await mkdir(join(folder, "views"));
    await writeFile(join(folder, "views", "runs.json"), JSON.stringify({ runs: [{ summary }] }));
    expect(await knownRuns(folder)).toHaveLength(1);
  });
});

describe("parseKnownRuns", () => {
  it("shows a run without an end as interrupted, since no host works on it", () => {
    expect(parseKnownRuns(JSON.stringify({ runs: [{ summary }] }))[0]?.status).toBe("interrupted");
  });

  it("leaves out lines that do not fit, and orders the others newest first", () => {
    const newer = { ...summary, runId: "r-newer", createdAt: "2027-01-01T00:00:00.000Z" };
    const text = JSON.stringify({
      runs: [{ summary }, { summary: { runId: "../../etc" } }, null, { summary: newer }],
    });
    expect(parseKnownRuns(text).map((run) => run.runId)).toEqual(["r-newer", summary.runId]);
  });
});

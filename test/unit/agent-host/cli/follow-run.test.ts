import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyRing } from "../../../../agent-host/cli/approver-keys.ts";
import { followOverHosts } from "../../../../agent-host/cli/follow-run.ts";
import { RunFollower } from "../../../../agent-host/cli/run-follower.ts";
import type { RunStop } from "../../../../agent-host/cli/run-stop.ts";
import type { DeliveredEntry } from "../../../../agent-host/protocol/methods.ts";
import { fakeFollowing } from "../../../support/fake-following.ts";
import { FakeHost } from "../../../support/fake-host.ts";
import { FakePrompt } from "../../../support/fake-prompt.ts";
import { waitingGate } from "../../../support/inbox-fixture.ts";
import { delivered, runId, workspaceId } from "../../../support/run-fixture.ts";

const digest = "a".repeat(64);
const blob = { blob: digest, size: 10 };
const usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
const gate = waitingGate({ gateId: "g-review-1" });

const begun: readonly DeliveredEntry[] = [
  delivered(1, "run.created", { goal: blob, profile: "change", provider: "scripted" }),
  delivered(2, "run.started", { phases: ["planning", "review", "delivery"], rulesChecksum: digest }),
  delivered(3, "phase.entered", { phase: "review", index: 2, of: 3 }),
];
const evaluated = delivered(4, "gate.evaluated", {
  phase: "review",
  rulesChecksum: digest,
  evidence: gate.item.subject.evidence,
  gateId: "g-review-1",
  verdict: "needsPerson",
  subject: blob,
  digest: gate.item.digest,
});
const waits = delivered(5, "run.waiting", { for: ["g-review-1"] });
const decided = delivered(6, "gate.decided", {
  phase: "review",
  decision: "passed",
  criteria: [],
  gateId: "g-review-1",
  keyId: "0123456789abcdef",
});
const finished = delivered(9, "run.finished", { status: "done", exitCode: 0, report: null, usage });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-team-follow-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Watched {
  readonly stop: Promise<RunStop>;
  readonly host: FakeHost;
  readonly notes: () => string;
  readonly out: () => string;
}

async function follow(
  given: {
    prompt?: FakePrompt;
    json?: boolean;
    signal?: AbortSignal;
    onDecide?: (host: FakeHost) => void;
  } = {},
): Promise<Watched> {
  let isOpen = true;
  const host: FakeHost = new FakeHost({
    "state/subscribe": () => ({ replay: [], seq: 0 }),
    "gate/list": () => ({ gates: isOpen ? [gate.item] : [] }),
    "approval/list": () => ({ approvals: [] }),
    "gate/decide": () => {
      isOpen = false;
      given.onDecide?.(host);
      return { seq: 6 };
    },
    "run/cancel": () => {
      host.tell(delivered(7, "run.finished", { status: "cancelled", exitCode: 130, report: null, usage }));
      return { seq: 7 };
    },
  });
  const env = { AGENT_TEAM_APPROVER_KEY_FILE: join(folder, "key.pem") };
  const { prompt, json = false, signal } = given;
  const wish = { folder, env, json, prompt: prompt ?? null, ...(signal === undefined ? {} : { signal }) };
  const { following, notes, out } = fakeFollowing(host, wish);
  const keys = keyRing(following.location, following.context);
  if (prompt !== undefined) await keys.make(new AbortController().signal);
  const answering = prompt === undefined ? null : { prompt, keys };
  const shown = { json, quiet: false, output: following.context.output };
  const follower = await RunFollower.begin(host, workspaceId, shown);
  const run = { runId, afterSeq: -1 };
  const stop = followOverHosts(run, follower, { ...following, answering }).then((each) => each.stop);
  return { stop, host, notes, out };
}

describe("following a run", () => {
  it("leaves it where it waits for a person and nobody is there to ask", async () => {
    const { stop, host } = await follow();
    host.tell(...begun, evaluated, waits);
    expect(await stop).toMatchObject({ kind: "waiting", state: { waitingFor: ["g-review-1"] } });
  });

  it("shows what waits, signs the answer, and goes on to the end", async () => {
    const prompt = new FakePrompt("approve");
    const { stop, host, notes } = await follow({
      prompt,
      onDecide: (each) => each.tell(decided, finished),
    });
    host.tell(...begun, evaluated, waits);
    expect(await stop).toMatchObject({ kind: "ended", state: { exitCode: 0 } });
    expect(notes()).toContain("Gate g-review-1: end of phase review");
    expect(host.asked("gate/decide")).toHaveLength(1);
  });

  it("does not ask again for what is decided while the news of it is on the way", async () => {
    const prompt = new FakePrompt("approve");
    const { stop, host } = await follow({
      prompt,
      onDecide: (each) => void setImmediate(() => each.tell(decided, finished)),
    });
    host.tell(...begun, evaluated, waits);
    await stop;
    expect(prompt.questions).toHaveLength(1);
  });

  it("leaves it to wait when the person puts it off", async () => {
    const { stop, host } = await follow({ prompt: new FakePrompt("later") });
    host.tell(...begun, evaluated, waits);
    expect(await stop).toMatchObject({ kind: "waiting" });
    expect(host.asked("gate/decide")).toEqual([]);
  });

  it("takes the question back when another window decides first", async () => {
    const prompt = new FakePrompt("wait");
    const { stop, host, notes } = await follow({ prompt });
    host.tell(...begun, evaluated, waits);
    await prompt.waiting;
    host.tell(decided, finished);
    expect(await stop).toMatchObject({ kind: "ended" });
    expect(notes()).toContain("g-review-1 is no longer open");
    expect(host.asked("gate/decide")).toEqual([]);
  });

  it("cancels at Ctrl+C, also in the middle of a question", async () => {
    const prompt = new FakePrompt("wait");
    const stopping = new AbortController();
    const { stop, host } = await follow({ prompt, signal: stopping.signal });
    host.tell(...begun, evaluated, waits);
    await prompt.waiting;
    stopping.abort(new Error("interrupted"));
    expect(await stop).toMatchObject({ kind: "ended", state: { status: "cancelled", exitCode: 130 } });
  });

  it("prints nothing but the entries with --json", async () => {
    const { stop, host, notes, out } = await follow({ json: true });
    host.tell(...begun, evaluated, waits);
    await stop;
    expect(notes()).toBe("");
    const lines = out().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it("leaves a run whose budget is used up", async () => {
    const { stop, host, notes } = await follow();
    const exhausted = { kind: "usd", limit: 0.5, spent: 0.48, reserved: 0, wanted: 0.05 };
    host.tell(
      ...begun,
      delivered(4, "budget.exhausted", exhausted),
      delivered(5, "run.paused", { reason: "the budget is used up", cause: "budget" }),
    );
    expect(await stop).toMatchObject({ kind: "paused", cause: "budget" });
    expect(notes()).toContain("0.5 USD reached: 0.48 spent, 0 reserved, the next step may need 0.05");
  });
});

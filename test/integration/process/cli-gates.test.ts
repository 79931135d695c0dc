import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateApproverKey, writeApproverKeyFile } from "../../../agent-host/client/approver-key.ts";
import { changeScript, changeWorkspace } from "../../support/change-script.ts";
import { entriesOf, type Finished, Sandbox } from "../../support/command-line.ts";

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.make(changeWorkspace);
});

afterEach(async () => {
  await sandbox.dispose();
});

function withKey(name = "approver.pem"): NodeJS.ProcessEnv {
  return { AGENT_TEAM_APPROVER_KEY_FILE: join(sandbox.folder, name) };
}

async function runChange(args: readonly string[] = [], script = changeScript()): Promise<Finished> {
  const file = join(sandbox.folder, "script.json");
  await writeFile(file, script);
  const scripted = ["--provider", "scripted", "--script", file, "--trust"];
  return await sandbox.run(["run", "Add a farewell", ...scripted, ...args], withKey());
}

function runIdIn({ stdout, stderr }: Finished): string {
  const [found] = /r-[0-9a-z-]+/.exec(stdout + stderr) ?? [];
  if (found === undefined) throw new Error(`no run in: ${stdout}${stderr}`);
  return found;
}

describe("a run that waits for a person", () => {
  it("ends its command with 6, is approved by another, and goes on with a third", async () => {
    const waiting = await runChange(["--json"]);
    expect(waiting).toMatchObject({ code: 6 });
    const entries = entriesOf(waiting.stdout);
    expect(entries.map(({ type }) => type)).toContain("run.waiting");
    const runId = runIdIn(waiting);
    expect(waiting.stderr.split("\n")).toContain(
      `  g-review-1  agent-team gates approve g-review-1 --run ${runId}`,
    );
    expect(existsSync(join(sandbox.workspace, "src/farewell.js"))).toBe(false);

    const listed = await sandbox.run(["gates", "list"]);
    expect(listed.stdout).toContain(`${runId}/g-review-1`);
    const shown = await sandbox.run(["gates", "show", "g-review-1"]);
    expect(shown.stdout).toContain("A src/farewell.js  +1 -0");

    const approved = await sandbox.run(["gates", "approve", "g-review-1", "--run", runId], withKey());
    expect(approved).toMatchObject({ code: 0 });
    expect(approved.stderr).toContain(`agent-team runs resume ${runId}`);
    const again = await sandbox.run(["gates", "approve", "g-review-1", "--run", runId], withKey());
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining("answered already: passed by") });

    const resumed = await sandbox.run(["runs", "resume", runId, "--json"], withKey());
    expect(resumed).toMatchObject({ code: 0 });
    expect(entriesOf(resumed.stdout).at(-1)).toMatchObject({ type: "run.finished", data: { exitCode: 0 } });
    expect(await readFile(join(sandbox.workspace, "src/farewell.js"), "utf8")).toContain("Bye");
    expect((await sandbox.run(["audit", "verify"])).code).toBe(0);
    expect((await sandbox.run(["runs", "show", runId])).stdout).toContain("decided with key");
  });

  it("ends with 3 when it was rejected meanwhile", async () => {
    const runId = runIdIn(await runChange());
    const rejected = await sandbox.run(["gates", "reject", "g-review-1", "--comment", "no"], withKey());
    expect(rejected).toMatchObject({ code: 0, stdout: expect.stringContaining("Rejected g-review-1") });
    const resumed = await sandbox.run(["runs", "resume", runId], withKey());
    expect(resumed).toMatchObject({ code: 3 });
    expect(existsSync(join(sandbox.workspace, "src/farewell.js"))).toBe(false);
  });

  it("goes on by itself where a host lives longer than the command", async () => {
    const host = sandbox.start(["serve"], withKey());
    await host.printed(/Listening/);
    const runId = runIdIn(await runChange());
    const looking = await sandbox.run(["runs", "resume", runId], withKey());
    expect(looking).toMatchObject({ code: 6, stderr: expect.stringContaining("g-review-1") });
    const approved = await sandbox.run(["gates", "approve", "g-review-1"], withKey());
    expect(approved.code).toBe(0);
    expect(approved.stderr).not.toContain("Go on with");
    const { code, stdout } = await sandbox.run(["gates", "list", "--json"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"gates":[],"approvals":[]}\n' });
  });

  it("cannot be passed without a key, or with one that nobody admitted", async () => {
    await runChange();
    const without = await sandbox.run(["gates", "approve", "g-review-1"]);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining("approver.noKey") });
    const { key } = generateApproverKey({ identity: "stranger", role: "admin" });
    await writeApproverKeyFile(join(sandbox.folder, "other.pem"), key, null);
    const stranger = await sandbox.run(["gates", "approve", "g-review-1"], withKey("other.pem"));
    expect(stranger).toMatchObject({ code: 3, stderr: expect.stringContaining("decision.refused") });
    expect((await sandbox.run(["gates", "list"])).stdout).toContain("g-review-1");
  });

  it("cannot be passed by a role that may not", async () => {
    await runChange();
    const other = join(sandbox.folder, "dev.pem");
    const enrolled = await sandbox.run(
      ["approvers", "enroll", "--new", "--key", other, "--identity", "dev", "--role", "developer"],
      withKey(),
    );
    expect(enrolled).toMatchObject({ code: 0 });
    expect((await sandbox.run(["approvers", "list"])).stdout).toMatch(/developer +dev/);
    const refused = await sandbox.run(["gates", "approve", "g-review-1"], withKey("dev.pem"));
    expect(refused).toMatchObject({ code: 3 });
  });
});

describe("a run whose budget is used up", () => {
  it("ends its command with 4, and goes on with more", async () => {
    const poor = await runChange(["--budget-usd", "0.005"]);
    expect(poor).toMatchObject({ code: 4 });
    const runId = runIdIn(poor);
    expect(poor.stderr).toContain(`agent-team runs resume ${runId} --budget-usd N`);
    const richer = await sandbox.run(["runs", "resume", runId, "--budget-usd", "5"], withKey());
    expect(richer).toMatchObject({ code: 6, stderr: expect.stringContaining("g-review-1") });
  });
});

describe("a run under way", () => {
  it("is paused, told something, and goes on", async () => {
    const file = join(sandbox.folder, "script.json");
    await writeFile(file, JSON.stringify({ ...JSON.parse(changeScript()), latencyMs: 3_000 }));
    const running = sandbox.start(
      ["run", "Add a farewell", "--provider", "scripted", "--script", file, "--trust", "--json"],
      withKey(),
    );
    await running.printed(/"type":"model.requested".*\n/);
    const [runId = ""] = /r-[0-9a-z-]+/.exec((await sandbox.run(["runs", "list"])).stdout) ?? [];
    expect(await sandbox.run(["runs", "steer", runId, "Keep it short"])).toMatchObject({ code: 0 });
    expect(await sandbox.run(["runs", "pause", runId])).toMatchObject({ code: 0 });
    const left = await running.finished;
    expect(left).toMatchObject({ code: 6, stderr: expect.stringContaining("is paused") });
    expect((await sandbox.run(["runs", "resume", runId], withKey())).code).toBe(6);
  });
});

describe("a wrong command line of the process", () => {
  it.each([
    [["run", "x", "--provider", "scripted"], /--script/],
    [["run", "x", "--script", "s.json"], /--provider scripted/],
    [["run", "x", "--provider", "scripted", "--script", "none.json"], /no such file/],
    [["run", "x", "--budget-usd", "-1"], /US dollars/],
    [["run", "x", "--approve", "yes"], /Allowed choices/],
    [["gates", "approve"], /missing required argument/],
    [["gates", "approve", "g-x-1", "--for-run", "--always"], /cannot be used with/],
    [["gates", "approve", "g-none-1"], /g-none-1/],
    [["gates", "reject", "a-1", "--to", "nowhere"], /Allowed choices/],
    [["runs", "resume", "r-none"], /no run r-none/],
    [["runs", "steer", "r-none", " "], /no words/],
    [["runs", "pause", "r-none"], /no run r-none/],
    [["approvers", "enroll", "--role", "king"], /Allowed choices/],
  ] as const)("%j ends with 2 and says why", async (args, message) => {
    const { code, stderr, stdout } = await sandbox.run([...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/→/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("refuses a script that is none, naming the place", async () => {
    const refused = await runChange(
      [],
      '{"format":1,"agents":{"back-end-coder":[{"toolCalls":[{"name":1}]}]}}',
    );
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("back-end-coder") });
  });
});

describe("the first key", () => {
  it("lists nobody, admits one, then admits no other without a signature", async () => {
    expect((await sandbox.run(["approvers", "list"])).stdout).toContain("Nobody may decide yet");
    const first = await sandbox.run(["approvers", "enroll", "--identity", "ann"], withKey());
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/of ann may decide as admin/) });
    const twice = await sandbox.run(["approvers", "enroll", "--role", "lead"], withKey());
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining("enrolled already") });
    const other = await sandbox.run(["approvers", "enroll", "--role", "lead"], withKey("other.pem"));
    expect(other.code).not.toBe(0);
    expect((await sandbox.run(["doctor"], withKey())).stdout).toMatch(/approvers +ann \(admin/);
  });
});

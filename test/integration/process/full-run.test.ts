import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { phaseSchema } from "../../../agent-host/protocol/phase.ts";
import { changeScript, changeWorkspace } from "../../support/change-script.ts";
import { entriesOf, type Finished, Sandbox } from "../../support/command-line.ts";

let sandbox: Sandbox;
let key: NodeJS.ProcessEnv;

beforeEach(async () => {
  sandbox = await Sandbox.make(changeWorkspace);
  key = { AGENT_TEAM_APPROVER_KEY_FILE: join(sandbox.folder, "approver.pem") };
  const git = (...args: string[]): unknown =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      cwd: sandbox.workspace,
      stdio: "pipe",
    });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
});

afterEach(async () => {
  await sandbox.dispose();
});

type Call = { name: string; input: unknown };

/** Starts a run and answers every gate that waits, as a person would who approves everything he may. */
async function runThrough(
  profile: "full" | "change",
  given: { calls?: readonly Call[]; clear?: boolean } = {},
): Promise<{ last: Finished; runId: string; gates: string[] }> {
  const script = join(sandbox.folder, "script.json");
  await writeFile(script, changeScript(given.calls === undefined ? {} : { calls: given.calls }));
  const wish = ["--profile", profile, "--provider", "scripted", "--script", script, "--approve", "auto"];
  let last = await sandbox.run(["run", "Add a farewell", ...wish, "--trust", "--json"], key);
  const runId = entriesOf(last.stdout)[0]?.runId ?? "";
  const gates: string[] = [];
  while (last.code === 6 && gates.length < 6) {
    const list = await sandbox.run(["gates", "list", "--json"], key);
    const id: string | undefined = JSON.parse(list.stdout).gates[0]?.subject.gateId;
    if (id === undefined) break;
    gates.push(id);
    const answer = await sandbox.run(
      ["gates", "approve", id, "--run", runId, ...(given.clear === true ? ["--clear-all"] : [])],
      key,
    );
    if (answer.code !== 0) return { last: answer, runId, gates };
    last = await sandbox.run(["runs", "resume", runId, "--json"], key);
  }
  return { last, runId, gates };
}

async function stateOf(runId: string): Promise<{ status: string; exitCode: number; phases: PhaseOf[] }> {
  return JSON.parse((await sandbox.run(["runs", "show", runId, "--json"], key)).stdout);
}

interface PhaseOf {
  readonly phase: string;
  readonly status: string;
  readonly evidence: { passed: boolean; criterion: { kind: string }; exitCode?: number }[];
  readonly gate: { treeHash: string | null; rulesChecksum: string } | null;
}

const status = (): string =>
  execFileSync("git", ["status", "--short"], { cwd: sandbox.workspace, encoding: "utf8" });

describe("a run with a model that is scripted", () => {
  it("walks all ten phases on evidence and changes the repository", async () => {
    const { last, runId, gates } = await runThrough("full");
    expect(last).toMatchObject({ code: 0 });
    expect(gates).toEqual(["g-design-1", "g-review-1"]);
    const state = await stateOf(runId);
    expect(state.phases.map((each) => [each.phase, each.status])).toEqual(
      phaseSchema.options.map((phase) => [phase, "passed"]),
    );
    const [verification] = state.phases.filter((each) => each.phase === "verification");
    expect(verification?.evidence.find((each) => each.criterion.kind === "commandPasses")).toMatchObject({
      passed: true,
      exitCode: 0,
    });
    expect(verification?.gate?.treeHash).toMatch(/^[0-9a-f]{64}$/);
    expect(status()).toBe("?? src/farewell.js\n");
    expect(await readFile(join(sandbox.workspace, "src/farewell.js"), "utf8")).toContain("Bye ");
    expect(await sandbox.run(["audit", "verify"], key)).toMatchObject({ code: 0 });
  });

  it("stops at verification when the tests fail, and no approval carries it past", async () => {
    const broken = { path: "src/greet.js", content: 'exports.greet = () => "no";\n' };
    const { last, runId, gates } = await runThrough("change", {
      calls: [{ name: "write_file", input: broken }],
      clear: true,
    });
    expect(last).toMatchObject({ code: 3 });
    expect(gates).toEqual(["g-review-1"]);
    const state = await stateOf(runId);
    expect(state.phases.find((each) => each.phase === "verification")?.status).toBe("failed");
    expect(state.phases.find((each) => each.phase === "delivery")?.status).toBe("waiting");
    expect(status()).toBe("");
    const again = await sandbox.run(["runs", "resume", runId], key);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("run.ended") });
  });

  it.each([
    ["a test", "write_file", { path: "test/greet.js", content: "// nothing\n" }, "test/greet.js"],
    [
      "a script of the manifest",
      "edit_file",
      { path: "package.json", oldText: "node test/greet.js", newText: "true" },
      "package.json",
    ],
  ])("asks a person before %s that an agent changed may pass", async (_what, name, input, file) => {
    const { last, runId, gates } = await runThrough("change", { calls: [{ name, input }] });
    // The gate that guards them is not passed by an approval that does not name the file.
    expect(gates).toEqual(["g-review-1", "g-verification-1"]);
    expect(last).toMatchObject({ code: 2, stderr: expect.stringContaining(file) });
    expect(status()).toBe("");
    const cleared = await sandbox.run(
      ["gates", "approve", "g-verification-1", "--run", runId, "--clear", file],
      key,
    );
    expect(cleared).toMatchObject({ code: 0 });
    expect(await sandbox.run(["runs", "resume", runId], key)).toMatchObject({ code: 0 });
    expect(status()).toBe(` M ${file}\n`);
  });

  it("lets no gate pass for a change that could never be applied", async () => {
    // The scope has a command for tests, and what a test does is the test's.
    const content = 'import { symlinkSync } from "node:fs";\nsymlinkSync("/etc/passwd", "src/users");\n';
    const calls = [
      { name: "write_file", input: { path: "src/link.test.mjs", content } },
      { name: "run_command", input: { command: ["node", "--test", "src/link.test.mjs"] } },
    ];
    const { last, runId } = await runThrough("change", { calls });
    expect(last).toMatchObject({ code: 4 });
    const state = await stateOf(runId);
    expect(state.phases.find((each) => each.phase === "implementation")?.status).toBe("failed");
    expect(status()).toBe("");
  });

  it("lets no policy grant a change of the rules themselves", async () => {
    const rules = { path: ".agent-team/rules.yaml", content: "format: 1\n" };
    const script = join(sandbox.folder, "script.json");
    await writeFile(script, changeScript({ calls: [{ name: "write_file", input: rules }] }));
    const wish = ["--provider", "scripted", "--script", script, "--approve", "auto", "--trust", "--json"];
    const waiting = await sandbox.run(["run", "Add a farewell", ...wish], key);
    expect(waiting).toMatchObject({ code: 6 });
    const asked = entriesOf(waiting.stdout).filter(({ type }) => type === "approval.requested");
    expect(asked).toHaveLength(1);
    const list = await sandbox.run(["gates", "list", "--json"], key);
    expect(JSON.parse(list.stdout).approvals[0].subject).toMatchObject({
      tool: "write_file",
      needsPerson: true,
      risk: "high",
    });
    expect(existsSync(join(sandbox.workspace, ".agent-team"))).toBe(false);
  });

  it("goes back to the phase a person names, with the person's words, and is judged anew", async () => {
    const script = join(sandbox.folder, "script.json");
    const base = JSON.parse(changeScript());
    base.agents["back-end-coder"].unshift({
      when: { includes: "call it goodbye" },
      toolCalls: [
        { name: "write_file", input: { path: "src/goodbye.js", content: "exports.goodbye = 1;\n" } },
      ],
    });
    await writeFile(script, JSON.stringify(base));
    const wish = ["--provider", "scripted", "--script", script, "--approve", "auto", "--trust", "--json"];
    const first = await sandbox.run(["run", "Add a farewell", ...wish], key);
    const runId = entriesOf(first.stdout)[0]?.runId ?? "";
    const rejected = await sandbox.run(
      [
        "gates",
        "reject",
        "g-review-1",
        "--run",
        runId,
        "--to",
        "implementation",
        "--comment",
        "call it goodbye",
      ],
      key,
    );
    expect(rejected).toMatchObject({ code: 0 });
    const second = await sandbox.run(["runs", "resume", runId, "--json"], key);
    expect(second).toMatchObject({ code: 6 });
    expect(entriesOf(second.stdout).map(({ type }) => type)).toContain("changeset.merged");
    await sandbox.run(["gates", "approve", "g-review-2", "--run", runId], key);
    expect(await sandbox.run(["runs", "resume", runId], key)).toMatchObject({ code: 0 });
    expect(status()).toBe("?? src/farewell.js\n?? src/goodbye.js\n");
  });
});

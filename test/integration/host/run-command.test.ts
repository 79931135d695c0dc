import { execFileSync } from "node:child_process";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { entriesOf, largeWorkspace, Sandbox, smallWorkspace } from "../../support/command-line.ts";

let sandbox: Sandbox;

afterEach(async () => {
  await sandbox.dispose();
});

describe("agent-team run", () => {
  it("walks the analysis profile and leaves a report with true findings", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { code, stdout } = await sandbox.run(["run", "What is wrong here?", "--json"]);
    expect(code).toBe(0);
    const entries = entriesOf(stdout);
    expect(entries.map((entry) => entry.seq)).toEqual(
      [...entries.map((entry) => entry.seq)].sort((a, b) => a - b),
    );
    const phases = entries.filter((entry) => entry.type === "phase.entered").map((entry) => entry.data.phase);
    expect(phases).toEqual(["initialization", "research", "analysis", "delivery"]);
    const last = entries.at(-1);
    expect(last).toMatchObject({ type: "run.finished", data: { status: "done", exitCode: 0 } });
    const state = join(sandbox.home, "workspaces", last?.workspaceId ?? "");
    const report = await readFile(join(state, String(last?.data.report)), "utf8");
    expect(report).toContain("Made without a model");
    expect(report).toContain("src/main.js");
    const findings = JSON.parse(
      await readFile(join(state, "runs", last?.runId ?? "", "report.json"), "utf8"),
    ).findings;
    expect(findings).toContainEqual(
      expect.objectContaining({
        ruleId: "structure/unresolved-import",
        file: "src/main.js",
        range: expect.objectContaining({ startLine: 2 }),
      }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ ruleId: "structure/import-cycle" }));
  });

  it("prints exactly the bytes of the journal with --json", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { stdout } = await sandbox.run(["run", "look", "--json"]);
    const workspaceId = entriesOf(stdout)[0]?.workspaceId ?? "";
    const segment = await readFile(
      join(sandbox.home, "workspaces", workspaceId, "journal", "000001.jsonl"),
      "utf8",
    );
    for (const line of stdout.trim().split("\n")) expect(segment).toContain(`${line}\n`);
  });

  it("keeps goal and paths out of the journal", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { stdout } = await sandbox.run(["run", "A very private goal", "--json"]);
    const workspaceId = entriesOf(stdout)[0]?.workspaceId ?? "";
    const segment = await readFile(
      join(sandbox.home, "workspaces", workspaceId, "journal", "000001.jsonl"),
      "utf8",
    );
    expect(segment).not.toContain("private");
    expect(segment).not.toContain("main.js");
    expect(segment).not.toContain(sandbox.workspace);
  });

  it("writes the report where it is told, with links that lead to the files", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const target = join(sandbox.folder, "out.md");
    const { code } = await sandbox.run(["run", "look", "--report", target, "--quiet"]);
    expect(code).toBe(0);
    expect(await readFile(target, "utf8")).toMatch(/\]\(workspace\/src\/main\.js#L2\)/);
  });

  it("cancels at Ctrl+C with 130, and the journal says so", async () => {
    sandbox = await Sandbox.make(largeWorkspace(1_500));
    const running = sandbox.start(["run", "look", "--json"]);
    await running.printed(/"taskId":"t-code".*\n/);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(entriesOf(stdout).at(-1)).toMatchObject({
      type: "run.finished",
      outcome: "cancelled",
      data: { status: "cancelled", exitCode: 130 },
    });
    expect((await sandbox.run(["audit", "verify"])).code).toBe(0);
  });

  it("cancels when its output is closed, and the journal says so", async () => {
    sandbox = await Sandbox.make(largeWorkspace(1_500));
    const running = sandbox.start(["run", "look", "--json"]);
    await running.printed(/"taskId":"t-code".*\n/);
    running.child.stdout?.destroy();
    const { code } = await running.finished;
    expect(code).toBe(130);
    const { stdout } = await sandbox.run(["audit", "list", "--json", "--limit", "2"]);
    expect(entriesOf(stdout).map((entry) => entry.type)).toEqual(["run.finished", "host.stopped"]);
  });

  it.skipIf(process.platform === "win32")("keeps hostile file names off the terminal", async () => {
    sandbox = await Sandbox.make({ "\u001b]0;owned\u0007.js": 'import "./gone.js";\n' });
    const { code, stdout, stderr } = await sandbox.run(["run", "look"]);
    expect(code).toBe(0);
    expect(stdout).toContain("\\u001b]0;owned\\u0007.js:1:");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("loses nothing to kill -9, says what happened, and goes on with resume", async () => {
    sandbox = await Sandbox.make(largeWorkspace(1_500));
    const running = sandbox.start(["run", "look", "--json"]);
    await running.printed(/"type":"task.started".*"taskId":"t-code".*\n/);
    running.child.kill("SIGKILL");
    const { stdout } = await running.finished;
    // What was printed was acknowledged. The last line may have been cut while it was printed.
    const acknowledged = stdout.split("\n").slice(0, -1);
    const runId = entriesOf(acknowledged.join("\n"))[0]?.runId ?? "";

    const verified = await sandbox.run(["audit", "verify", "--json"]);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout).warnings.join()).toContain(runId);
    const exported = (await sandbox.run(["audit", "export"])).stdout;
    for (const line of acknowledged) expect(exported).toContain(`${line}\n`);
    expect((await sandbox.run(["runs", "list"])).stdout).toMatch(new RegExp(`${runId}.*interrupted`));

    const resumed = await sandbox.run(["runs", "resume", runId, "--json"]);
    expect(resumed.code).toBe(0);
    const entries = entriesOf(resumed.stdout);
    expect(entries.at(-1)).toMatchObject({ type: "run.finished", runId, data: { status: "done" } });
    // What was done before the kill is not done again.
    expect(entries.some((entry) => entry.type === "task.started" && entry.taskId === "t-documents")).toBe(
      false,
    );
    // The attempt that was under way goes on: it did not fail.
    expect(entries).toContainEqual(
      expect.objectContaining({
        type: "task.started",
        taskId: "t-code",
        data: expect.objectContaining({ attempt: 1 }),
      }),
    );
    expect((await sandbox.run(["audit", "verify"])).code).toBe(0);
  });

  it("is joined by a second command, which takes over when the first one and its host end", async () => {
    sandbox = await Sandbox.make(largeWorkspace(1_500));
    const first = sandbox.start(["run", "first", "--json"]);
    await first.printed(/"taskId":"t-code".*\n/);
    const second = sandbox.start(["run", "second", "--json"]);
    await second.printed(/"type":"run.created".*\n/);
    const ends = await Promise.all([first.finished, second.finished]);
    const starts = (await sandbox.run(["audit", "list", "--json", "--type", "host.started"])).stdout;
    expect(ends[0].code).toBe(0);
    // The first command was the host and went with its run; the second may have had to become one.
    expect(ends[1].code).toBe(0);
    expect(entriesOf(ends[1].stdout).at(-1)).toMatchObject({
      type: "run.finished",
      data: { status: "done" },
    });
    expect(entriesOf(starts).length).toBeLessThanOrEqual(2);
    expect((await sandbox.run(["audit", "verify"])).code).toBe(0);
  });
});

describe("a wrong command line or a broken place", () => {
  it.each([
    [["run"], 2, /missing required argument/],
    [["run", "look", "--profile", "huge"], 2, /Allowed choices/],
    [["run", "look", "--nonsense"], 2, /unknown option/],
    [["nonsense"], 2, /unknown command/],
    [["run", "  "], 2, /empty/],
    [["runs", "show", "../../etc"], 2, /run id/],
    [["runs", "show", "r-none"], 2, /no run r-none/],
    [["run", "look", "--workspace", "nowhere"], 2, /no folder .*nowhere/],
    [["run", "look", "--workspace", "package.json"], 2, /not a folder/],
    [["run", "Add a login page"], 2, /needs a model/],
    [["run", "look", "--profile", "full"], 2, /needs a model/],
    [["run", "look", "--provider", "anthropic"], 2, /no key for the endpoint anthropic/],
    [["run", "look", "--report", "x.pdf"], 2, /\.pdf/],
    [["run", "look", "--report", "no/such/folder/x.md"], 1, /cannot be written/],
  ] as const)("%j ends with %d and says why", async (args, exitCode, message) => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { code, stderr, stdout } = await sandbox.run([...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/→/);
    expect(code).toBe(exitCode);
    expect(stdout).toBe("");
  });

  it("refuses a socket path that would be cut, and says how to shorten it", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { code, stderr } = await sandbox.run(["run", "look"], {
      XDG_RUNTIME_DIR: join(sandbox.folder, "x".repeat(120)),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/XDG_RUNTIME_DIR/);
  });

  it("works with a state path of 200 characters", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const home = join(sandbox.folder, "y".repeat(200));
    expect((await sandbox.run(["run", "look"], { AGENT_TEAM_HOME: home })).code).toBe(0);
    expect((await sandbox.run(["audit", "verify"], { AGENT_TEAM_HOME: home })).code).toBe(0);
  });

  it.skipIf(process.platform === "win32")(
    "lets nobody else write what it executes, whatever the umask",
    async () => {
      sandbox = await Sandbox.make(smallWorkspace);
      const umask = process.umask(0);
      const running = sandbox.start(["run", "look"]);
      process.umask(umask);
      expect((await running.finished).code).toBe(0);
      expect((await stat(join(sandbox.home, "cache"))).mode & 0o777).toBe(0o700);
    },
  );

  it("names a place that cannot be used, and the doctor tells, too", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const home = { AGENT_TEAM_HOME: join(sandbox.folder, "file", "home") };
    const runtime = { XDG_RUNTIME_DIR: join(sandbox.folder, "file") };
    await writeFile(join(sandbox.folder, "file"), "");
    for (const [args, env, code] of [
      [["run", "look"], home, 1],
      [["audit", "verify"], home, 1],
      [["doctor"], home, 1],
      [["run", "look"], runtime, 1],
      [["doctor"], runtime, 1],
    ] as const) {
      const end = await sandbox.run([...args], env);
      expect(end.code).toBe(code);
      expect(end.stderr).not.toContain("defect");
      expect(end.stdout + end.stderr).toContain("→");
    }
  });

  it("starts over a stale lock and a stale address", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { stdout } = await sandbox.run(["run", "look", "--json"]);
    const state = join(sandbox.home, "workspaces", entriesOf(stdout)[0]?.workspaceId ?? "");
    await writeFile(join(state, "lock"), "left by a crash");
    const address = {
      endpoint: join(sandbox.folder, "gone.sock"),
      token: "0".repeat(64),
      pid: 999_999,
      version: "0.0.1",
      protocol: { min: 1, max: 1 },
      startedAt: "2026-01-01T00:00:00.000Z",
      mode: "editor",
    };
    await writeFile(join(state, "host.json"), JSON.stringify(address));
    expect((await sandbox.run(["run", "look"])).code).toBe(0);
  });

  it.skipIf(process.platform === "win32")("waits for no pipe in the place of a state file", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { stdout } = await sandbox.run(["run", "look", "--json"]);
    const state = join(sandbox.home, "workspaces", entriesOf(stdout)[0]?.workspaceId ?? "");
    for (const name of ["host.json", "lock", "head.json"]) {
      await rm(join(state, name), { force: true });
      execFileSync("mkfifo", [join(state, name)]);
    }
    const verified = await sandbox.run(["audit", "verify"]);
    expect(verified.stdout).toMatch(/head\.json cannot be read/);
    expect((await sandbox.run(["run", "look"])).code).toBe(0);
  });

  it("exports a broken journal all the same", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { stdout } = await sandbox.run(["run", "look", "--json"]);
    const journal = join(sandbox.home, "workspaces", entriesOf(stdout)[0]?.workspaceId ?? "", "journal");
    const text = `no entry\n${await readFile(join(journal, "000001.jsonl"), "utf8")}`;
    await writeFile(join(journal, "000001.jsonl"), text);
    expect(await sandbox.run(["audit", "export"])).toMatchObject({ code: 0, stdout: text });
  });

  it("exits with 5 when a byte of the journal is changed, and names the entry", async () => {
    sandbox = await Sandbox.make(smallWorkspace);
    const { stdout } = await sandbox.run(["run", "look", "--json"]);
    const file = join(
      sandbox.home,
      "workspaces",
      entriesOf(stdout)[0]?.workspaceId ?? "",
      "journal",
      "000001.jsonl",
    );
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"type":"run.started"', '"type":"run.startes"'));
    const seq = entriesOf(stdout).find((entry) => entry.type === "run.started")?.seq;
    expect(seq).toBeGreaterThan(1);
    const { code, stdout: verdict } = await sandbox.run(["audit", "verify", "--json"]);
    expect(code).toBe(5);
    expect(JSON.parse(verdict)).toMatchObject({
      status: "broken",
      firstBad: { seq, segment: "000001.jsonl", line: seq },
    });
  });
});

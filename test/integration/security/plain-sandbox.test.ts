import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plainSandbox } from "../../../agent-host/security/plain-sandbox.ts";
import { findProcesses } from "../../../agent-host/security/process-table.ts";
import { runIn, sandboxSetting } from "../../support/sandbox-setting.ts";

async function plainSetting() {
  const setting = await sandboxSetting();
  return { ...setting, sandbox: plainSandbox(setting.options, "none here") };
}

const isLinux = process.platform === "linux";

describe("plainSandbox", () => {
  it("says what it is", async () => {
    const { sandbox } = await plainSetting();
    expect(sandbox).toMatchObject({ assurance: "unsandboxed", description: "none here" });
  });

  it("gives exit code and output", async () => {
    const { sandbox, tree } = await plainSetting();
    const outcome = await runIn(sandbox, tree, ["sh", "-c", "pwd; echo to err >&2; exit 3"]);
    expect(outcome).toMatchObject({ exitCode: 3, ended: "exited", omittedBytes: 0 });
    expect(outcome.output).toContain(tree);
    expect(outcome.output).toContain("to err\n");
  });

  it("passes arguments on as they are", async () => {
    const { sandbox, tree } = await plainSetting();
    const words = ["$HOME", "a b", "*", "; exit 9", "'", '"', "", "\\", "ä"];
    const program = "process.stdout.write(JSON.stringify(process.argv.slice(1)))";
    const outcome = await runIn(sandbox, tree, [process.execPath, "-e", program, "--", ...words]);
    expect(JSON.parse(outcome.output)).toEqual(words);
  });

  it("shows nothing of the environment but what a command needs", async () => {
    const { sandbox, tree } = await plainSetting();
    const program = "process.stdout.write(JSON.stringify(process.env))";
    const { output } = await runIn(sandbox, tree, [process.execPath, "-e", program]);
    const env: Record<string, string> = JSON.parse(output);
    expect(Object.keys(env).sort()).toEqual(["CI", "HOME", "LANG", "PATH", "TERM", "TMPDIR"]);
    expect(env).toMatchObject({ CI: "true", TERM: "dumb" });
    expect(output).not.toContain("t0ken");
  });

  it("gives each command a home of its own and removes it", async () => {
    const { sandbox, tree } = await plainSetting();
    const { output } = await runIn(sandbox, tree, ["sh", "-c", 'echo x > "$HOME/x"; mktemp; echo "$HOME"']);
    const home = output.trim().split("\n").at(-1) ?? "";
    expect(home.startsWith(tmpdir())).toBe(true);
    await expect(readdir(home)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("has no standard input to wait for", async () => {
    const { sandbox, tree } = await plainSetting();
    expect(await runIn(sandbox, tree, ["cat"])).toMatchObject({ exitCode: 0, output: "" });
  });

  it("keeps the first and the last of a long output", async () => {
    const { sandbox, tree } = await plainSetting();
    const program = "for (let i = 0; i < 200000; i++) console.log(i)";
    const outcome = await runIn(sandbox, tree, [process.execPath, "-e", program], { maxOutputBytes: 100 });
    expect(outcome.output.startsWith("0\n1\n2\n")).toBe(true);
    expect(outcome.output.endsWith("199998\n199999\n")).toBe(true);
    expect(outcome.omittedBytes).toBe(1_288_890 - 100);
  });

  it("gives null for a command that a signal ended", async () => {
    const { sandbox, tree } = await plainSetting();
    const outcome = await runIn(sandbox, tree, ["sh", "-c", "kill -9 $$"]);
    expect(outcome).toMatchObject({ exitCode: null, ended: "exited" });
  });

  it("says what could not be started", async () => {
    const { sandbox, tree, options } = await plainSetting();
    await symlink(options.workspaceRoot, join(tree, "way-out"));
    const unknown = await runIn(sandbox, tree, ["no-such-program"]);
    expect(unknown).toMatchObject({
      exitCode: null,
      ended: "notStarted",
      output: "There is no program no-such-program",
    });
    expect(await runIn(sandbox, tree, [])).toMatchObject({ ended: "notStarted" });
    expect(await runIn(sandbox, tree, ["echo", "a\0b"])).toMatchObject({ ended: "notStarted" });
    for (const folder of [options.workspaceRoot, join(tree, "missing"), join(tree, "way-out")]) {
      const request = { argv: ["true"], folder, writable: tree, limitMs: 1_000, maxOutputBytes: 100 };
      expect(await sandbox.run(request, new AbortController().signal)).toMatchObject({ ended: "notStarted" });
    }
  });

  it("does not take programs from a relative search path", async () => {
    const { options, tree } = await plainSetting();
    await mkdir(join(tree, "bin"));
    const env = { PATH: `bin::.:${process.env.PATH}` };
    const sandbox = plainSandbox({ ...options, env }, "none here");
    const { output } = await runIn(sandbox, tree, ["sh", "-c", 'echo "$PATH"']);
    expect(
      output
        .trim()
        .split(":")
        .every((folder) => folder.startsWith("/")),
    ).toBe(true);
  });

  it("asks to end when the time is up, and keeps the output", async () => {
    const { sandbox, tree } = await plainSetting();
    const script = "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.05; done";
    const outcome = await runIn(sandbox, tree, ["sh", "-c", script], { limitMs: 300 });
    expect(outcome).toMatchObject({
      exitCode: null,
      ended: "timeout",
      output: expect.stringMatching(/^hello\n.*bye\n$/s),
    });
  });

  it.runIf(isLinux)("leaves no process behind that ignores the request to end", async () => {
    const { sandbox, tree } = await plainSetting();
    const script =
      "trap '' TERM; (trap '' TERM; sleep 300 & sleep 300) & echo \"HOME=$HOME\"; wait; sleep 300";
    const outcome = await runIn(sandbox, tree, ["sh", "-c", script], { limitMs: 300 });
    expect(outcome.ended).toBe("timeout");
    expect(await findProcesses({ group: -1, entry: outcome.output.trim() })).toEqual([]);
  });

  it.runIf(isLinux)("ends what left its group when the command ends by itself", async () => {
    const { sandbox, tree } = await plainSetting();
    const script = 'setsid sleep 300 > /dev/null 2>&1 & sleep 300 & echo "HOME=$HOME"';
    const outcome = await runIn(sandbox, tree, ["sh", "-c", script]);
    expect(outcome).toMatchObject({ exitCode: 0, ended: "exited" });
    expect(await findProcesses({ group: -1, entry: outcome.output.trim() })).toEqual([]);
  });

  it("throws the signal's reason once the command has ended", async () => {
    const { sandbox, tree } = await plainSetting();
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const running = runIn(sandbox, tree, ["sh", "-c", "trap '' TERM; echo > started; sleep 300"], {
      signal: controller.signal,
    });
    await expect.poll(() => readFile(join(tree, "started"), "utf8").catch(() => null)).toBe("\n");
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(runIn(sandbox, tree, ["true"], { signal: controller.signal })).rejects.toBe(reason);
  });
});

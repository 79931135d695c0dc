import { execFile, execFileSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { probeSandbox } from "../../agent-host/security/probe-sandbox.ts";
import { runIn, type SandboxSetting, sandboxSetting } from "../support/sandbox-setting.ts";

const never = new AbortController().signal;

/** Both where everything lies in a folder that is replaced by a private one, and where it does not. */
const parents = ["/tmp", "/var/lib"];

async function sandboxed(parent: string) {
  const setting = await sandboxSetting(parent);
  const sandbox = await probeSandbox(setting.options, never);
  expect(sandbox.assurance, sandbox.description).toBe("sandboxed");
  const sh = (script: string, limits = {}) => runIn(sandbox, setting.tree, ["sh", "-c", script], limits);
  return { ...setting, sandbox, sh };
}

/** A server on a Unix socket as the host has one; counts who came. */
async function listen(setting: SandboxSetting): Promise<{ path: string; count(): number }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  const path = join(setting.options.runtimeFolder ?? "", "host.sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return { path, count: () => count };
}

describe.each(parents)("a command in the sandbox, with all folders in %s", (parent) => {
  test("sees no state, no key, no secret of the person", async () => {
    const { sh, secretFile, keyFile, userSecret } = await sandboxed(parent);
    for (const path of [secretFile, keyFile, userSecret]) {
      const outcome = await sh(`cat ${path}`);
      expect(outcome.exitCode, path).not.toBe(0);
      expect(outcome.output).not.toContain("hidden");
    }
  });

  test("cannot speak to the host", async () => {
    const setting = await sandboxed(parent);
    const { path, count } = await listen(setting);
    const program = `require("net").connect(${JSON.stringify(path)}).on("error", (e) => { console.log(e.code); process.exit(7) })`;
    // Not the synchronous form: this process is the server.
    expect((await promisify(execFile)(process.execPath, ["-e", program])).stdout).toBe("");
    expect(count()).toBe(1);
    const inside = await runIn(setting.sandbox, setting.tree, [process.execPath, "-e", program]);
    expect(inside).toMatchObject({
      exitCode: 7,
      output: expect.stringMatching(/ENOENT|ECONNREFUSED|EACCES/),
    });
    expect(count()).toBe(1);
  });

  test("has no network, but a loopback of its own", async () => {
    const { sandbox, tree } = await sandboxed(parent);
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const program = `const net = require("net");
      net.connect(${port}, "127.0.0.1").on("error", (e) => {
        const s = net.createServer((c) => c.end()).listen(0, "127.0.0.1", () =>
          net.connect(s.address().port, "127.0.0.1", () => { console.log(e.code, "own works"); process.exit(0) }));
      });`;
    const outcome = await runIn(sandbox, tree, [process.execPath, "-e", program]);
    expect(outcome.output).toBe("ECONNREFUSED own works\n");
  });

  test("changes nothing but its own folder", async () => {
    const { sh, tree, options, workspaceFile } = await sandboxed(parent);
    const outside = [workspaceFile, "/etc/agent-team-test", `${options.home}/x`, "/usr/x", `${tree}/../x`];
    for (const path of outside) expect((await sh(`echo broken > ${path}`)).exitCode, path).not.toBe(0);
    expect(await readFile(workspaceFile, "utf8")).toBe("hidden");
    expect((await sh("echo fine > own && mkdir sub && echo fine > sub/own")).exitCode).toBe(0);
    expect(await readFile(join(tree, "sub", "own"), "utf8")).toBe("fine\n");
  });

  test("reads the workspace, for what trees link to", async () => {
    const { sh, workspaceFile } = await sandboxed(parent);
    expect(await sh(`cat ${workspaceFile}`)).toMatchObject({ exitCode: 0, output: "hidden" });
  });

  test("cannot change what guards the rest, nor make it", async () => {
    const { sh, tree } = await sandboxed(parent);
    await mkdir(join(tree, ".vscode"));
    await writeFile(join(tree, ".vscode", "settings.json"), "{}");
    await writeFile(join(tree, ".mcp.json"), "{}");
    const scripts = [
      "echo x > .vscode/settings.json",
      "rm -f .vscode/settings.json && echo x > .vscode/settings.json",
      "mv .vscode other && mkdir .vscode",
      "rm -f .mcp.json; echo x > .mcp.json",
      "mkdir -p .agent-team && echo x > .agent-team/rules.yaml",
      "rmdir .agent-team && mkdir .agent-team",
      "mv .git elsewhere",
      "ln -sfn /tmp .husky && test -L .husky",
      "mkdir -p .github/workflows && echo x > .github/workflows/ci.yml",
      "echo x > ../x && mv ../x .git",
    ];
    for (const script of scripts) expect((await sh(script)).exitCode, script).not.toBe(0);
    expect((await readdir(tree)).sort()).toEqual([".mcp.json", ".vscode"]);
    expect(await readFile(join(tree, ".vscode", "settings.json"), "utf8")).toBe("{}");
  });

  test("keeps its guards while another command in the same folder ends", async () => {
    const { sh, tree } = await sandboxed(parent);
    const script = "while [ ! -e go ]; do sleep 0.02; done; mkdir -p .agent-team && echo x > .agent-team/x";
    const slow = sh(script);
    await sh("true");
    await sh("echo > go");
    expect((await slow).exitCode).not.toBe(0);
    expect(await readdir(tree)).toEqual(["go"]);
  });

  test("runs Node.js, npm and a nested script", async () => {
    const { sh, tree } = await sandboxed(parent);
    await writeFile(join(tree, "package.json"), '{"scripts":{"test":"node -p 6*7"}}');
    expect(await sh("npm test --silent")).toMatchObject({ exitCode: 0, output: "42\n" });
  });
});

test("no capability is left that could take the covers off", async () => {
  const { sh, secretFile } = await sandboxed("/var/lib");
  expect((await sh("grep CapEff /proc/self/status")).output).toMatch(/CapEff:\s+0{16}\n/);
  const home = secretFile.slice(0, secretFile.lastIndexOf("/"));
  const scripts = [
    `umount ${home}`,
    `umount -l ${home}`,
    `unshare -Urm sh -c 'umount ${home}; cat ${secretFile}'`,
  ];
  for (const script of scripts) {
    const outcome = await sh(script);
    expect(outcome.exitCode, script).not.toBe(0);
    expect(outcome.output).not.toContain("hidden");
  }
  expect((await sh(`cat /proc/1/root${secretFile} /proc/1/cwd${secretFile}`)).exitCode).not.toBe(0);
});

test("cannot change settings of the machine", async () => {
  const { sh } = await sandboxed("/tmp");
  const settings = [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/vm/swappiness",
    "/proc/sysrq-trigger",
    "/sys/power/state",
  ];
  // Opened for writing, and nothing written: should the sandbox fail here, the machine must not suffer.
  for (const path of settings) expect((await sh(`: >> ${path}`)).exitCode, path).not.toBe(0);
  const open = await sh(
    "find /proc /sys -maxdepth 3 -type f -writable -not -path '/proc/[0-9]*' -not -path '/proc/self*' -not -path '/proc/thread-self*' 2> /dev/null",
  );
  expect(open.output).toBe("");
});

test("sees no process of the machine", async () => {
  const { sh } = await sandboxed("/tmp");
  expect(Number((await sh("ls -d /proc/[0-9]* | wc -l")).output)).toBeLessThan(6);
  expect((await sh(`kill -0 ${process.pid}`)).exitCode).not.toBe(0);
});

test("nothing survives the end of a command, however it ends", async () => {
  const { sh } = await sandboxed("/tmp");
  const script = (mark: string): string =>
    `trap '' TERM; (trap '' TERM; setsid sleep ${mark} & sleep ${mark}) & `;
  const timedOut = await sh(`${script("3000.11")} sleep 3000.11`, { limitMs: 200 });
  expect(timedOut).toMatchObject({ exitCode: null, ended: "timeout" });
  expect(await sh(`${script("3000.12")} exit 4`)).toMatchObject({ exitCode: 4, ended: "exited" });
  const controller = new AbortController();
  const aborted = sh(`${script("3000.13")} sleep 3000.13`, { signal: controller.signal });
  await expect.poll(() => countProcesses("3000.13")).toBeGreaterThan(0);
  controller.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  expect(countProcesses("3000.1")).toBe(0);
});

test("a fork bomb ends with its time", async () => {
  const { sh } = await sandboxed("/tmp");
  const outcome = await sh("f() { f & f & }; f; sleep 30", { limitMs: 700, maxOutputBytes: 1_000 });
  expect(outcome.ended).toBe("timeout");
  expect((await sh("echo on we go")).output).toBe("on we go\n");
});

test("a command is asked to end before it is ended", async () => {
  const { sh } = await sandboxed("/tmp");
  const outcome = await sh("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done", { limitMs: 300 });
  expect(outcome).toMatchObject({ ended: "timeout", output: expect.stringMatching(/bye\n$/) });
});

test("says when a program could not be started", async () => {
  const { sandbox, tree } = await sandboxed("/tmp");
  await writeFile(join(tree, "broken"), "#!/no/such/interpreter\n", { mode: 0o755 });
  expect(await runIn(sandbox, tree, ["no-such-program"])).toMatchObject({ ended: "notStarted" });
  expect(await runIn(sandbox, tree, ["./broken"])).toMatchObject({ exitCode: null, ended: "notStarted" });
});

test("refuses to open a folder that holds what must be hidden", async () => {
  const { sandbox, options } = await sandboxed("/tmp");
  const outcome = await runIn(sandbox, join(options.home, ".."), ["ls"]);
  expect(outcome).toMatchObject({ ended: "notStarted", output: expect.stringContaining("must be hidden") });
});

test("works for a user without rights", async () => {
  const setting = await sandboxSetting("/tmp");
  const base = join(setting.options.home, "..");
  execFileSync("chown", ["-R", "nobody", base]);
  await chmod(base, 0o755);
  await chown(base, 65_534, 65_534);
  const node = execFileSync("sh", ["-c", "readlink -f /proc/$PPID/exe"], { encoding: "utf8" }).trim();
  const options = JSON.stringify({ ...setting.options, clock: undefined, env: { PATH: process.env.PATH } });
  const program = `
    const { probeSandbox } = await import(${JSON.stringify(join(import.meta.dirname, "../../agent-host/security/probe-sandbox.ts"))});
    const { systemClock } = await import(${JSON.stringify(join(import.meta.dirname, "../../agent-host/core/clock.ts"))});
    const sandbox = await probeSandbox({ ...${options}, clock: systemClock }, new AbortController().signal);
    const run = (script) => sandbox.run({ argv: ["sh", "-c", script], folder: ${JSON.stringify(setting.tree)},
      writable: ${JSON.stringify(setting.tree)}, limitMs: 3000, maxOutputBytes: 10000 }, new AbortController().signal);
    const outcomes = [await run("cat ${setting.keyFile} ${setting.secretFile}"), await run("echo x > own; cat own; f() { f & f & }; f")];
    console.log(JSON.stringify({ sandbox, outcomes }));`;
  const output = execFileSync(node, ["--input-type=module", "-e", program], {
    uid: 65_534,
    gid: 65_534,
    encoding: "utf8",
    cwd: "/",
  });
  const { sandbox, outcomes } = JSON.parse(output);
  expect(sandbox).toMatchObject({ assurance: "sandboxed" });
  expect(outcomes[0].output).not.toContain("hidden");
  expect(outcomes[0].exitCode).toBe(1);
  expect(outcomes[1].output).toContain("x\n");
});

test("says why nothing keeps commands apart", async () => {
  const { options } = await sandboxSetting("/tmp");
  const none = await probeSandbox({ ...options, env: { PATH: "/nowhere" } }, never);
  expect(none).toMatchObject({
    assurance: "unsandboxed",
    description: expect.stringContaining("not installed"),
  });
  const folder = join(options.home, "..", "bin");
  await mkdir(folder);
  await writeFile(join(folder, "bwrap"), "#!/bin/sh\necho not allowed here >&2\nexit 1\n", { mode: 0o755 });
  const broken = await probeSandbox({ ...options, env: { PATH: `${folder}:/usr/bin:/bin` } }, never);
  expect(broken).toMatchObject({
    assurance: "unsandboxed",
    description: expect.stringContaining("not allowed here"),
  });
});

test("takes no sandbox from the workspace", async () => {
  const { options } = await sandboxSetting("/tmp");
  await writeFile(join(options.workspaceRoot, "bwrap"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const sandbox = await probeSandbox(
    { ...options, env: { PATH: `${options.workspaceRoot}:/nowhere` } },
    never,
  );
  expect(sandbox.assurance).toBe("unsandboxed");
});

function countProcesses(mark: string): number {
  const list = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  return list.split("\n").filter((line) => line.includes(`sleep ${mark}`)).length;
}

import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../agent-host/core/clock.ts";
import { plainSandbox } from "../../../agent-host/security/plain-sandbox.ts";
import { findProcesses, readProcess } from "../../../agent-host/security/process-table.ts";
import { backgroundCommands } from "../../../agent-host/tools/background-commands.ts";
import { commandOutputTool, stopCommandTool } from "../../../agent-host/tools/command-output.ts";
import { runCommandTool } from "../../../agent-host/tools/run-command.ts";
import { makeTaskTree, useTool } from "../../support/task-tree.ts";

const isLinux = process.platform === "linux";
const node = process.execPath;

async function setting() {
  const tree = await makeTaskTree();
  const sandbox = plainSandbox(
    { env: process.env, clock: systemClock, graceMs: 500, temporaryFolder: tmpdir() },
    "a test",
  );
  const background = backgroundCommands({ sandbox, clock: systemClock });
  onTestFinished(async () => {
    await background.dispose();
    await tree.remove();
  });
  const told: string[] = [];
  const context = { ...tree.context, onOutput: (text: string) => void told.push(text) };
  const options = {
    runCommand: sandbox.run,
    background,
    parseCommandLine: (text: string) => ({ argv: text.split(" ") }),
  };
  return {
    tree,
    background,
    told,
    run: (input: object) => useTool(runCommandTool(options), input, context),
    look: (input: object) => useTool(commandOutputTool(background), input, context),
    stop: (input: object) => useTool(stopCommandTool(background), input, context),
  };
}

const server = `
  const server = require("node:http").createServer((_, answer) => answer.end("hello from it"));
  server.listen(0, "127.0.0.1", () => console.log("listening on " + server.address().port));`;

describe("a command in the background", () => {
  it("serves others until it is stopped", async () => {
    const { run, look, stop } = await setting();
    const started = await run({ command: [node, "-e", server], background: true });
    expect(started.text).toMatch(/^\[command \w+: running\]/);
    const seen = `${started.text}${(await look({ waitMs: 20_000, until: "listening" })).text}`;
    const port = /listening on (\d+)/.exec(seen)?.[1];
    const ask = `fetch("http://127.0.0.1:${port}").then((a) => a.text()).then(console.log)`;
    expect((await run({ command: [node, "-e", ask] })).text).toContain("hello from it");
    expect((await stop({})).text).toMatch(/^\[command \w+: stopped\]/);
    expect((await run({ command: [node, "-e", ask] })).isError).toBe(true);
  });

  it("shows each piece of output once, and in the end its exit code", async () => {
    const { run, look } = await setting();
    const script =
      "process.stdin; console.log('one'); setTimeout(() => { console.log('two'); process.exit(3) }, 900)";
    const first = await run({ command: [node, "-e", script], background: true });
    const next = await look({ waitMs: 20_000 });
    expect(`${first.text}${next.text}`.match(/one|two/g)).toEqual(["one", "two"]);
    expect(next.text).toMatch(/: exit code 3, /);
    expect(next.isError).toBe(true);
    expect((await look({})).text).toContain("[no new output]");
  });

  it("says at once when it cannot work", async () => {
    const { run } = await setting();
    const outcome = await run({
      command: [node, "-e", "console.error('no port'); process.exit(1)"],
      background: true,
    });
    const words = outcome.isError ? outcome.text : "still running: a machine under load";
    expect(words).toMatch(/exit code 1[\s\S]*no port|still running/);
    expect((await run({ command: "no-such-program-here", background: true })).text).toContain(
      "There is no program no-such-program-here",
    );
  });

  it("counts against a limit of four", async () => {
    const { run, background } = await setting();
    const wait = { command: [node, "-e", "setInterval(() => {}, 1000)"], background: true };
    for (let n = 0; n < 4; n += 1) expect((await run(wait)).isError).toBe(false);
    expect((await run(wait)).text).toContain("4 commands run in the background already");
    await background.releaseTask("t-1");
    expect((await run(wait)).isError).toBe(false);
  });

  it.runIf(isLinux)("ends with its task, whatever it started and hid", async () => {
    const { run, look, background } = await setting();
    const script =
      "trap '' TERM; (setsid sh -c \"trap '' TERM; sleep 300\" &) ; (sleep 300 &) ; echo \"HOME=$HOME\"; sleep 300";
    const first = await run({ command: ["sh", "-c", script], background: true });
    const { text } = await look({ waitMs: 5_000, until: "HOME=" });
    const entry = /HOME=\S+/.exec(`${first.text}${text}`)?.[0] ?? "";
    expect((await findProcesses({ group: -1, entry })).length).toBeGreaterThanOrEqual(3);
    await background.releaseTask("t-1");
    expect(await findProcesses({ group: -1, entry })).toEqual([]);
    expect((await look({})).text).toContain("No command was started");
  });

  it("keeps the last of a flood, and says what was lost", async () => {
    const { run, look } = await setting();
    const script =
      "const s = 'x'.repeat(99) + '\\n'; for (let i = 0; i < 60000; i++) process.stdout.write(s); console.log('the end')";
    const first = await run({ command: [node, "-e", script], background: true });
    const rest = await look({ waitMs: 30_000 });
    const all = `${first.text}${rest.text}`;
    expect(all).toContain("the end");
    expect(all).toMatch(/characters before this were not kept|characters left out/);
    expect(Buffer.byteLength(rest.text)).toBeLessThanOrEqual(32_768);
  });
});

describe("a command in the foreground", () => {
  it("tells its output as it comes", async () => {
    const { run, told } = await setting();
    const script =
      "process.stdout.write('\\u001b[31mred\\u001b[0m é'); setTimeout(() => console.log(' done'), 300)";
    const { text } = await run({ command: [node, "-e", script] });
    expect(text).toMatch(/\nred é done\n$/);
    expect(told.join("")).toBe("red é done\n");
    expect(told.length).toBeGreaterThan(1);
  });

  it("puts out 50 MB in bounded memory, and the middle can be read afterwards", async () => {
    const { run, look, told } = await setting();
    const script =
      "const s = ('y'.repeat(1023) + '\\n').repeat(64); for (let i = 0; i < 800; i++) require('node:fs').writeSync(1, s)";
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
      // Whoever listens bounds what it keeps.
      told.length = 0;
    }, 5);
    const { text, full } = await run({ command: [node, "-e", script], timeoutMs: 60_000 });
    clearInterval(timer);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
    expect(full?.length).toBeLessThanOrEqual(1_024 * 1_024);
    expect((most - before) / 2 ** 20).toBeLessThan(150);
    const input = JSON.parse(/command_output (\{.*?\})/.exec(text)?.[1] ?? "{}");
    expect((await look(input)).text).toMatch(/^y+\n[\s\S]*go on with offset \d+\]$/);
  });

  it.runIf(isLinux)("ends with the process that started it", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "agent-team-exit-")));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const module = (name: string): string =>
      JSON.stringify(new URL(`../../../agent-host/${name}`, import.meta.url).href);
    const program = join(folder, "host.mjs");
    await writeFile(
      program,
      `import { plainSandbox } from ${module("security/plain-sandbox.ts")};
      import { systemClock } from ${module("core/clock.ts")};
      import { existsSync } from "node:fs";
      const folder = ${JSON.stringify(folder)};
      const options = { env: process.env, clock: systemClock, graceMs: 500, temporaryFolder: folder };
      const request = { argv: ["sh", "-c", "echo $$ > p; mv p pid; sleep 300 & sleep 300"], folder, writable: folder };
      void plainSandbox(options, "").run({ ...request, limitMs: 60000, maxOutputBytes: 100 }, new AbortController().signal);
      setInterval(() => { if (existsSync(folder + "/pid")) throw new Error("the host fails"); }, 20);`,
    );
    const host = fork(program, { stdio: "ignore", execArgv: [] });
    await new Promise((resolve) => host.once("exit", resolve));
    expect(existsSync(join(folder, "pid"))).toBe(true);
    const pid = Number(await readFile(join(folder, "pid"), "utf8"));
    await expect.poll(async () => (await readProcess(pid))?.isAlive ?? false, { timeout: 5_000 }).toBe(false);
    expect(await findProcesses({ group: pid, entry: "\0" })).toEqual([]);
  });
});

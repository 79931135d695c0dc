import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeScript, changeWorkspace } from "../../support/change-script.ts";
import { Sandbox } from "../../support/command-line.ts";
import { hasPseudoTerminal, PseudoTerminal } from "../../support/pseudo-terminal.ts";

const main = fileURLToPath(new URL("../../../agent-host/main.ts", import.meta.url));
let sandbox: Sandbox;
const open: PseudoTerminal[] = [];

beforeEach(async () => {
  sandbox = await Sandbox.make(changeWorkspace);
  await writeFile(join(sandbox.folder, "script.json"), changeScript());
});

afterEach(async () => {
  for (const terminal of open.splice(0)) {
    terminal.child.kill("SIGKILL");
    await terminal.finished;
  }
  await sandbox.dispose();
});

function runAtTerminal(...args: readonly string[]): PseudoTerminal {
  const script = join(sandbox.folder, "script.json");
  const run = ["run", "Add a farewell", "--provider", "scripted", "--script", script, "--trust", ...args];
  const terminal = new PseudoTerminal([process.execPath, main, ...run], {
    cwd: sandbox.workspace,
    env: {
      ...process.env,
      AGENT_TEAM_HOME: sandbox.home,
      XDG_RUNTIME_DIR: sandbox.folder,
      NO_COLOR: "1",
      TERM: "xterm",
    },
  });
  open.push(terminal);
  return terminal;
}

const passphrase = "correct horse battery";

async function makeKey(terminal: PseudoTerminal): Promise<void> {
  await terminal.answer(/Passphrase for the new key [^\n]*: /, `${passphrase}\r`);
  await terminal.answer(/The same again: /, `${passphrase}\r`);
  await terminal.shows(/may decide here/);
}

describe.skipIf(!hasPseudoTerminal)("a run at a terminal", () => {
  it("makes a key, shows the gate, takes the answer, and goes on to the end", async () => {
    const terminal = runAtTerminal();
    await makeKey(terminal);
    await terminal.shows(/Gate g-review-1: end of phase review/);
    await terminal.shows(/A src\/farewell\.js {2}\+1 -0/);
    await terminal.answer(/\[a\]pprove, \[r\]eject, \[l\]ater\? /, "yes\r");
    await terminal.answer(/Please answer.*\? /s, "approve\r");
    expect(await terminal.finished).toBe(0);
    expect(terminal.screen).not.toContain(passphrase);
    expect(await readFile(join(sandbox.workspace, "src/farewell.js"), "utf8")).toContain("Bye");
  });

  it("leaves the run to wait with 6 when the answer is put off", async () => {
    const terminal = runAtTerminal();
    await makeKey(terminal);
    await terminal.answer(/\[l\]ater\? /, "l\r");
    expect(await terminal.finished).toBe(6);
    expect(terminal.screen).toContain("agent-team gates approve g-review-1 --run");
  });

  it("sends the work back with the words of the person", async () => {
    const terminal = runAtTerminal();
    await makeKey(terminal);
    await terminal.answer(/\[r\]eject/, "r\r");
    await terminal.answer(/Why\?/, "say goodbye instead\r");
    await terminal.answer(/Send the work back to/, "implementation\r");
    await terminal.shows(/sent back to implementation by .*: say goodbye instead/);
  });

  it("cancels at Ctrl+C in the middle of a question", async () => {
    const terminal = runAtTerminal();
    await makeKey(terminal);
    await terminal.answer(/\[l\]ater\? /, "\u0003");
    expect(await terminal.finished).toBe(130);
  });

  it("asks nothing with --approve auto, and passes no gate by it", async () => {
    const terminal = runAtTerminal("--approve", "auto");
    await makeKey(terminal);
    expect(await terminal.finished).toBe(6);
    expect(terminal.screen).not.toContain("[a]pprove");
  });
});

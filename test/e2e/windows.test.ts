import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Fixture } from "./support/fixture.ts";
import { writeLargeWorkspace, writeSampleWorkspace } from "./support/sample-workspace.ts";
import { agentTeam } from "./support/terminal.ts";
import type { Workbench } from "./support/workbench.ts";

describe("several windows and a terminal", () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await Fixture.start();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(() => fixture?.stop());

  it("a run goes on while its window reloads, and is shown again", async () => {
    const goal = "Survive a reload";
    const folder = await fixture.server.makeFolder("large");
    writeLargeWorkspace(folder, 2_000);
    const window = await fixture.openWindow(folder);
    await window.openTeam();
    await startRun(window, goal);
    await window.treeRow(new RegExp(`^${goal} · working · analysis`)).waitFor({ timeout: 60_000 });
    const host = fixture.server.hostOf(folder);
    // Stopped for the moment of the reload, the run cannot end before it; it goes on while the window loads.
    process.kill(host?.pid ?? 0, "SIGSTOP");
    await window.page.reload({ waitUntil: "commit" });
    process.kill(host?.pid ?? 0, "SIGCONT");
    await window.waitUntilReady();
    await window.openTeam();
    await window.treeRow(`${goal} · done`).waitFor({ timeout: 60_000 });
    expect(fixture.server.hostOf(folder)?.pid).toBe(host?.pid);
    const shown = await runs(folder);
    expect(shown.map(({ status }) => status)).toEqual(["done"]);
    await window.close();
  });

  it("two windows on one folder share one host and show the same run", async () => {
    const goal = "Seen by two windows";
    const folder = await fixture.server.makeFolder("shared");
    writeSampleWorkspace(folder);
    const [first, second] = await Promise.all([fixture.openWindow(folder), fixture.openWindow(folder)]);
    for (const window of [first, second]) await window.openTeam();
    await startRun(first, goal);
    await Promise.all([first, second].map((window) => window.treeRow(`${goal} · done`).waitFor()));
    const pid = fixture.server.hostOf(folder)?.pid;
    // Both windows use their connection; if the second had started a host of its own there would be two.
    await second.runCommand("Agent Team: Verify Audit Log");
    await second
      .notification(/The audit log is sound/)
      .first()
      .waitFor();
    expect(fixture.server.hostOf(folder)?.pid).toBe(pid);
    const hosts = fixture.server.hostProcesses().filter(({ command }) => command.includes(folder));
    expect(hosts.map((host) => host.pid)).toEqual([pid]);
    await Promise.all([first.close(), second.close()]);
  });

  it("a run started in a terminal appears in the open window", async () => {
    const goal = "Started in a terminal";
    const folder = await fixture.server.makeFolder("terminal");
    writeSampleWorkspace(folder);
    const window = await fixture.openWindow(folder);
    await window.openTeam();
    await window.pane("Tasks").getByText("No runs yet.").waitFor();
    const result = await agentTeam(["run", goal, "--workspace", folder], fixture.server.terminalEnv);
    expect(result.exitCode, result.stderr).toBe(0);
    await window.treeRow(`${goal} · done`).waitFor();
    await window.close();
  });

  it("a terminal uses the window's host", async () => {
    const folder = await fixture.server.makeFolder("attached");
    writeSampleWorkspace(folder);
    const window = await fixture.openWindow(folder);
    await window.openTeam();
    await startRun(window, "First in the window");
    await window.treeRow("First in the window · done").waitFor({ timeout: 60_000 });
    const pid = fixture.server.hostOf(folder)?.pid;
    const args = ["run", "Then in the terminal", "--workspace", folder];
    expect((await agentTeam(args, fixture.server.terminalEnv)).exitCode).toBe(0);
    await window.treeRow("Then in the terminal · done").waitFor();
    expect(fixture.server.hostOf(folder)?.pid).toBe(pid);
    await window.close();
  });

  async function startRun(window: Workbench, goal: string): Promise<void> {
    await window.runCommand("Agent Team: Start Run");
    await window.answerInput("Start Run", goal);
  }

  async function runs(folder: string): Promise<{ status: string }[]> {
    const args = ["runs", "list", "--json", "--workspace", folder];
    const { stdout } = await agentTeam(args, fixture.server.terminalEnv);
    return JSON.parse(stdout).runs;
  }
});

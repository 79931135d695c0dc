import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Fixture } from "./support/fixture.ts";
import { isAlive } from "./support/processes.ts";
import { writeSampleWorkspace } from "./support/sample-workspace.ts";
import { waitUntil } from "./support/wait-until.ts";
import type { Workbench } from "./support/workbench.ts";

describe("a run in the editor", () => {
  const goal = "Where is this hard to change?";
  let fixture: Fixture;
  let window: Workbench;
  let folder: string;

  beforeAll(async () => {
    fixture = await Fixture.start();
    folder = await fixture.server.makeFolder("sample");
    writeSampleWorkspace(folder);
    window = await fixture.openWindow(folder);
    await window.openTeam();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(() => fixture?.stop());

  it("starts no host before something needs one", () => {
    expect(fixture.server.hostProcesses()).toEqual([]);
  });

  it("starts from the palette and shows its phases and tasks in the Tasks tree", async () => {
    await window.runCommand("Agent Team: Start Run");
    await window.answerInput("Start Run", goal);
    await window.treeRow(`${goal} · done`).waitFor({ timeout: 60_000 });
    await window.expand(window.treeRow(`${goal} · done`));
    await window.expand(window.treeRow(/^analysis · passed/));
    await window.treeRow(/^Analyze the code · done · /).waitFor();
    await window.screenshot("run-done");
  });

  it("puts its findings into the Problems panel, from where they open at their lines", async () => {
    const problem = (await window.problems()).filter({ hasText: "Shell command put together from data" });
    await problem.first().click();
    await window.activeTab().filter({ hasText: "load.py" }).waitFor();
    await window.cursorPosition().filter({ hasText: "Ln 6, Col 47 (42 selected)" }).waitFor();
    await window.screenshot("problems");
  });

  it("shows a report whose links open the code at its lines", async () => {
    await window.runCommand("View: Close All Editors");
    await window.runCommand("Agent Team: Show Report");
    const report = await window.webviewWith("2 files load each other in a circle");
    await window.screenshot("report");
    await report
      .getByRole("link", { name: /load\.py:6/ })
      .first()
      .click();
    await window.activeTab().filter({ hasText: "load.py" }).waitFor();
    await window.cursorPosition().filter({ hasText: "Ln 6," }).waitFor();
  });

  it("verifies its audit log", async () => {
    await verifyAuditLog();
  });

  it("gets a new host by Restart Host, and keeps what it showed", async () => {
    const before = hostPid();
    await window.runCommand("Agent Team: Restart Host");
    const after = await nextHost(before);
    await verifyAuditLog();
    expect(hostPid()).toBe(after);
    await window.treeRow(`${goal} · done`).waitFor();
  });

  it("gets a new host by itself when the host is killed", async () => {
    const before = hostPid();
    process.kill(before, "SIGKILL");
    const after = await nextHost(before);
    await verifyAuditLog();
    expect(hostPid()).toBe(after);
    await window.treeRow(`${goal} · done`).waitFor();
  });

  /** Answered by the host, so it also tells that the window is connected. */
  async function verifyAuditLog(): Promise<void> {
    await window.runCommand("Agent Team: Verify Audit Log");
    await window
      .notification(/The audit log is sound: \d+ entries chain/)
      .first()
      .waitFor();
    await window.closeNotifications();
    await window.notification("The audit log is sound").waitFor({ state: "detached" });
  }

  function hostPid(): number {
    const host = fixture.server.hostOf(folder);
    if (host === null) throw new Error("no host has published itself");
    return host.pid;
  }

  function nextHost(before: number): Promise<number> {
    return waitUntil(
      () => {
        const pid = fixture.server.hostOf(folder)?.pid;
        return pid !== undefined && pid !== before && isAlive(pid) && !isAlive(before) && pid;
      },
      { what: `a host other than ${before}`, limitMs: 40_000 },
    );
  }
});

import { existsSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Fixture } from "./support/fixture.ts";
import { writeSampleWorkspace } from "./support/sample-workspace.ts";
import type { Workbench } from "./support/workbench.ts";

describe("in Restricted Mode", () => {
  let fixture: Fixture;
  let window: Workbench;
  let folder: string;

  beforeAll(async () => {
    fixture = await Fixture.start({
      isTrustAsked: true,
      settings: { "security.workspace.trust.startupPrompt": "never" },
    });
    folder = await fixture.server.makeFolder("untrusted");
    writeSampleWorkspace(folder);
    window = await fixture.openWindow(folder);
    await window.statusBarItem("Restricted Mode").first().waitFor();
    await window.openTeam();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(() => fixture?.stop());

  it("the views say that nothing starts", async () => {
    await window.pane("Tasks").getByText("Restricted Mode").waitFor();
    await window.webviewWith("Restricted Mode");
    await window.screenshot("restricted");
  });

  it("the palette offers no command that starts a run", async () => {
    const rows = await window.searchCommands("Agent Team: Start Run");
    await rows.first().waitFor();
    expect(await rows.filter({ hasText: "Agent Team: Start Run" }).count()).toBe(0);
    await window.page.keyboard.press("Escape");
  });

  it("a command that needs a host starts nothing and says why", async () => {
    await window.runCommand("Agent Team: Restart Host");
    await window.notification("In a folder you don't trust, the team starts nothing").waitFor();
    expect(fixture.server.hostOf(folder)).toBeNull();
    expect(fixture.server.hostProcesses()).toEqual([]);
    expect(existsSync(fixture.server.agentTeamHome)).toBe(false);
  });
});

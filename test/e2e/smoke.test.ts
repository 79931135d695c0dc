import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "./support/browser.ts";
import { builtVsix } from "./support/built-vsix.ts";
import { VscodeServer } from "./support/vscode-server.ts";
import { Workbench } from "./support/workbench.ts";

describe("the installed extension", () => {
  let server: VscodeServer;
  let browser: Browser;
  let window: Workbench;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      VscodeServer.start({ vsixFiles: [builtVsix()] }),
      launchBrowser(),
    ]);
    window = await Workbench.open(browser, server.origin, await server.makeFolder("empty"));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it("has an entry of its own in the activity bar", async () => {
    await window.activityBarEntry("Agent Team").waitFor();
    await window.openTeam();
    expect(await window.pane("Tasks").count()).toBe(1);
  });

  it("lists its commands in the palette", async () => {
    const rows = await window.searchCommands("Agent Team: ");
    await rows.filter({ hasText: "Agent Team: " }).first().waitFor();
    const titles = await rows.allInnerTexts();
    expect(titles.filter((title) => title.includes("Agent Team:")).length).toBeGreaterThan(0);
    await window.page.keyboard.press("Escape");
    await window.screenshot("smoke");
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { locateWorkspace } from "../../agent-host/client/workspace-location.ts";
import { writeLongConversation } from "../support/long-conversation.ts";
import { accessibilityFaults } from "./support/accessibility.ts";
import { Fixture } from "./support/fixture.ts";
import { writeGreeterWorkspace } from "./support/full-run.ts";
import { letGo, slowTest, talkingScript } from "./support/talking-run.ts";
import { waitUntil } from "./support/wait-until.ts";
import type { Workbench } from "./support/workbench.ts";

const runLimitMs = 90_000;
const messages = 10_000;

describe("what a task says, in the editor", () => {
  let fixture: Fixture;
  let window: Workbench;
  let folder: string;
  const scripts = mkdtempSync(join(tmpdir(), "at-e2e-script-"));

  beforeAll(async () => {
    const scriptFile = join(scripts, "talk.json");
    writeFileSync(scriptFile, talkingScript());
    fixture = await Fixture.start({
      settings: {
        "agentTeam.provider": "scripted",
        "agentTeam.scriptFile": scriptFile,
        "agentTeam.profile": "change",
        "agentTeam.approve": "auto",
      },
    });
    folder = await fixture.server.makeFolder("greeter");
    writeGreeterWorkspace(folder);
    writeFileSync(join(folder, "test", "greet.js"), slowTest);
    // A run of another day, as its host left it.
    const location = await locateWorkspace(folder, { AGENT_TEAM_HOME: fixture.server.agentTeamHome });
    const { workspaceId, stateFolder } = location;
    const long = { directory: stateFolder, workspaceId, runId: "r-long-1", taskId: "t-part" };
    await writeLongConversation({ ...long, messages });
    window = await fixture.openWindow(folder);
    await window.openTeam();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(async () => {
    await fixture?.stop();
    rmSync(scripts, { recursive: true, force: true });
  });

  it("shows text within 50 ms of its coming, and the message once it is durable", async () => {
    await window.runCommand("Agent Team: Start Run");
    await window.answerInput("Start Run", "Add a farewell");
    const team = await window.openTeam();
    await team.getByRole("button", { name: "Say goodbye" }).click({ timeout: runLimitMs });
    const page = await taskPage("Say goodbye");
    await page.evaluate(watchArrivals);
    await page.getByText("Is the ground clear?").waitFor();
    await letGo(fixture.server.agentTeamHome);
    await page.getByText("Output of the command").waitFor();
    await window.screenshot("task-live");
    await page.locator(".answer", { hasText: "Take your time" }).waitFor({ timeout: 60_000 });
    const delays = await page.evaluate(() => (globalThis as unknown as { delays: number[] }).delays);
    delays.sort((a, b) => a - b);
    const median = delays[Math.floor(delays.length / 2)] ?? Number.NaN;
    console.log(
      `text of a command in the page: ${median} ms median, ${delays[0]} to ${delays.at(-1)} of ${delays.length}`,
    );
    expect(delays.length).toBeGreaterThan(10);
    // What comes on top on a machine with other work to do is not ours.
    expect(delays[Math.floor(delays.length / 4)]).toBeLessThanOrEqual(50);
    await page.getByText("at=").first().waitFor({ state: "detached" });
  });

  it("opens a call to its input and its result", async () => {
    const page = await taskPage("Say goodbye");
    const call = page.getByRole("button", { name: /^Ran npm test\b(?! --)/ });
    await call.click();
    await page
      .getByText(/at=\d{13}/)
      .first()
      .waitFor();
    await call.click();
  });

  it("takes words to this agent alone, and shows them once it has read them", async () => {
    const page = await taskPage("Say goodbye");
    await page.getByRole("textbox", { name: "Say something to this agent…" }).fill("Say it warmly");
    await page.getByRole("textbox", { name: "Say something to this agent…" }).press("Enter");
    await page.getByText("Sent. The agent reads it before its next step.").waitFor();
    await letGo(fixture.server.agentTeamHome);
    await page.locator(".message.said").filter({ hasText: "Say it warmly" }).waitFor({ timeout: runLimitMs });
    await page.locator("#task .facts").filter({ hasText: "done" }).waitFor({ timeout: runLimitMs });
  });

  it("opens a task of 10,000 messages in half a second, at its end", async () => {
    const opened: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await window.runCommand("View: Close All Editors");
      await window.runCommand("Agent Team: Open Task");
      await window.choose("Split the webhooks");
      const row = window.page.locator(".quick-input-list .monaco-list-row", { hasText: "Implement a part" });
      await row.waitFor();
      const start = Date.now();
      await row.click();
      const page = await taskPage("Implement a part");
      await page.locator(".answer", { hasText: "Turn 3334: I look at the next part." }).waitFor();
      const whole = Date.now() - start;
      opened.push(await page.evaluate(openedMs));
      console.log(`10,000 messages: ${opened.at(-1)?.toFixed(0)} ms, ${whole} ms with the editor's own page`);
      expect(await page.locator(".message").count()).toBeLessThan(60);
    }
    // The best of three, because the machine may have other work to do.
    expect(Math.min(...opened)).toBeLessThanOrEqual(500);
  });

  it("reads earlier messages as they are scrolled to, up to the first", async () => {
    const page = await taskPage("Implement a part");
    await page.getByRole("log").focus();
    for (let press = 0; press < 12; press += 1) await page.getByRole("log").press("PageUp");
    await page.getByRole("button", { name: "To the newest" }).waitFor();
    await page.getByRole("log").press("Home");
    await page.getByText("Instruction").waitFor();
    await page.locator(".answer", { hasText: "Turn 1: I look at the next part." }).waitFor();
    expect(await page.locator(".message").count()).toBeLessThan(60);
    await page.getByRole("button", { name: "To the newest" }).click();
    await page.locator(".answer", { hasText: "Turn 3334: I look at the next part." }).waitFor();
  });

  it.each(["Dark Modern", "Light Modern", "Dark High Contrast", "Light High Contrast"])(
    "has no accessibility faults in %s",
    async (theme) => {
      await window.chooseTheme(theme);
      const page = await taskPage("Implement a part");
      const call = page.getByRole("button", { name: /^Read src/ }).last();
      await call.click();
      await window.screenshot(`task-${theme.replaceAll(" ", "-").toLowerCase()}`);
      expect(await accessibilityFaults(page)).toEqual([]);
      await call.click();
    },
  );

  async function taskPage(title: string): Promise<Frame> {
    return await waitUntil(
      async () => {
        for (const frame of window.page.frames().slice(1)) {
          const heading = frame.locator("#task h1", { hasText: title });
          const found = await heading.count().catch(() => 0);
          if (found > 0) return frame;
        }
        return null;
      },
      { what: `the page of the task "${title}"`, limitMs: 60_000 },
    );
  }
});

/** In the page: from its first question to the first messages that stand in it. */
function openedMs(): number {
  const at = (name: string): number => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN;
  return at("task.drawn") - at("task.asked");
}

/** In the page: notes how long after its writing each line `at=<ms>` stands in the page. */
function watchArrivals(): void {
  const noted = new Set<string>();
  const delays: number[] = [];
  const since = Date.now();
  Object.assign(globalThis, { delays });
  new MutationObserver(() => {
    const now = Date.now();
    const text = document.querySelector(".live")?.textContent ?? "";
    for (const [, at] of text.matchAll(/at=(\d{13})\b/g)) {
      // What was written before anybody looked says nothing.
      if (at === undefined || noted.has(at) || Number(at) < since) continue;
      noted.add(at);
      delays.push(now - Number(at));
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}

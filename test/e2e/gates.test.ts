import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessibilityFaults } from "./support/accessibility.ts";
import { Fixture } from "./support/fixture.ts";
import { fullRunScript, writeGreeterWorkspace } from "./support/full-run.ts";
import { waitUntil } from "./support/wait-until.ts";
import type { Workbench } from "./support/workbench.ts";

const runLimitMs = 90_000;

describe("a run that changes files, in the editor", () => {
  let fixture: Fixture;
  let window: Workbench;
  let folder: string;
  const scripts = mkdtempSync(join(tmpdir(), "at-e2e-script-"));

  beforeAll(async () => {
    const scriptFile = join(scripts, "full.json");
    writeFileSync(scriptFile, fullRunScript());
    fixture = await Fixture.start({
      settings: {
        "agentTeam.provider": "scripted",
        "agentTeam.scriptFile": scriptFile,
        "agentTeam.profile": "full",
      },
    });
    folder = await fixture.server.makeFolder("greeter");
    writeGreeterWorkspace(folder);
    window = await fixture.openWindow(folder);
    await window.openTeam();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(async () => {
    await fixture?.stop();
    rmSync(scripts, { recursive: true, force: true });
  });

  it("stops at the first gate that needs a person, and says so with a badge", async () => {
    await start("Add a farewell");
    await gateRow("design");
    await window.statusBarItem("1 waits for you").waitFor();
    await waitUntil(async () => (await window.activityBarBadge("Agent Team")) === "1", {
      what: "the badge to count 1",
    });
    expect(existsSync(join(folder, "src", "farewell.js"))).toBe(false);
    await window.screenshot("gates-tree");
  });

  it("goes on when the gate is approved from its review, and applies the work at the end", async () => {
    const design = await reviewOf("design");
    await design.getByText("A function beside the greeting").waitFor();
    await design.getByRole("button", { name: "Approve" }).click();
    await design.getByText(/Answered: entry \d+ of the journal/).waitFor();
    await gateRow("review");
    const review = await reviewOf("review");
    await review.getByText("farewell.js").first().waitFor();
    await review.getByRole("button", { name: "Approve" }).click();
    await gateRow("verification");
  });

  it("keeps Approve off until the changed test is ticked", async () => {
    const review = await reviewOf("verification");
    const approve = review.getByRole("button", { name: "Approve" });
    await approve.waitFor();
    expect(await approve.getAttribute("aria-disabled")).toBe("true");
    await window.screenshot("gate-review");
    await review.getByRole("checkbox", { name: /test\/greet\.js/ }).check();
    await waitUntil(async () => (await approve.getAttribute("aria-disabled")) === null, {
      what: "Approve to become possible",
    });
    await approve.click();
    await window.treeRow("Add a farewell · done").waitFor({ timeout: runLimitMs });
    expect(readFileSync(join(folder, "src", "farewell.js"), "utf8")).toContain("farewell");
    await waitUntil(async () => (await window.activityBarBadge("Agent Team")) === null, {
      what: "the badge to go",
    });
  });

  it("sends rejected work back to the phase that was chosen, with the words", async () => {
    await start("Add another farewell");
    const design = await reviewOf("design");
    await design.getByLabel(/^Comment/).fill("Say goodbye more warmly");
    await design.getByLabel("On reject, go back to").selectOption("requirements");
    await design.getByRole("button", { name: "Reject with comment" }).click();
    await design.getByText(/Answered: entry \d+ of the journal/).waitFor();
    await gateRow("design");
    const returned = journal().filter(
      ({ type, data }) => type === "gate.decided" && data.returned !== undefined,
    );
    expect(returned.map(({ data }) => data)).toMatchObject([
      { phase: "design", returned: { to: "requirements" } },
    ]);
  });

  it.each(["Dark Modern", "Light Modern", "Dark High Contrast", "Light High Contrast"])(
    "has a review without accessibility faults in %s",
    async (theme) => {
      await window.chooseTheme(theme);
      const review = await reviewOf("design");
      await window.screenshot(`review-${theme.replaceAll(" ", "-").toLowerCase()}`);
      expect(await accessibilityFaults(review)).toEqual([]);
    },
  );

  it("ends a run whose gate is rejected with nowhere to go back to", async () => {
    const design = await reviewOf("design");
    await design.getByLabel(/^Comment/).fill("Not wanted");
    await design.getByLabel("On reject, go back to").selectOption({ label: "nowhere: end the run" });
    await design.getByRole("button", { name: "Reject with comment" }).click();
    await window.treeRow(/^Add another farewell · failed/).waitFor({ timeout: runLimitMs });
  });

  /** The entries that the host made durable, as its files have them. */
  function journal(): { type: string; data: { returned?: unknown } }[] {
    const { agentTeamHome } = fixture.server;
    return globSync("workspaces/*/journal/*.jsonl", { cwd: agentTeamHome })
      .flatMap((file) => readFileSync(join(agentTeamHome, file), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  async function start(goal: string): Promise<void> {
    await window.runCommand("Agent Team: Start Run");
    await window.answerInput("Start Run", goal);
  }

  async function gateRow(phase: string): Promise<void> {
    await window.treeRow(new RegExp(`^Gate: ${phase} · waits for you`)).waitFor({ timeout: runLimitMs });
  }

  /** Opens the review as the key binding does. */
  async function reviewOf(phase: string): Promise<Frame> {
    await gateRow(phase);
    await window.runCommand("Agent Team: Review Waiting Gate");
    return await window.review(`Gate: ${phase}`);
  }
});

import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame, Locator } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessibilityFaults } from "./support/accessibility.ts";
import { Fixture } from "./support/fixture.ts";
import {
  addedFile,
  halfChangedGreeting,
  reviewFiles,
  reviewRunScript,
  writeReviewWorkspace,
} from "./support/review-run.ts";
import { waitUntil } from "./support/wait-until.ts";
import type { Workbench } from "./support/workbench.ts";

const runLimitMs = 90_000;
const themes = ["Light Modern", "Dark High Contrast", "Light High Contrast", "Dark Modern"];

describe("reviewing a change in the editor", () => {
  let fixture: Fixture;
  let window: Workbench;
  let folder: string;
  const scripts = mkdtempSync(join(tmpdir(), "at-e2e-script-"));

  beforeAll(async () => {
    const scriptFile = join(scripts, "review.json");
    writeFileSync(scriptFile, reviewRunScript());
    fixture = await Fixture.start({
      settings: {
        "agentTeam.provider": "scripted",
        "agentTeam.scriptFile": scriptFile,
        "agentTeam.profile": "change",
      },
    });
    folder = await fixture.server.makeFolder("greeter");
    writeReviewWorkspace(folder);
    window = await fixture.openWindow(folder);
    await window.openTeam();
  });

  beforeEach(() => fixture.reportFailures());

  afterAll(async () => {
    await fixture?.stop();
    rmSync(scripts, { recursive: true, force: true });
  });

  it("opens the change at the gate, one file below the other", async () => {
    await start("Make the greetings warmer");
    await gateRow();
    const row = window.treeRow(/^Gate: review/);
    await row.hover();
    await row.getByRole("button", { name: "Open Changes" }).click();
    await window.activeTab().filter({ hasText: "Changes: Make the greetings warmer" }).waitFor();
    await editorText("Welcome").waitFor();
    await editorText("farewell").waitFor();
    await lens("Keep").nth(2).waitFor();
    await window.screenshot("review-all");
  });

  it("discards one hunk, and the gate is checked again", async () => {
    const review = await openReview();
    await review.getByText("0 of 3 hunks reviewed").waitFor();
    await review.getByRole("button", { name: "Open the difference of src/greet.js" }).click();
    await window.activeTab().filter({ hasText: "greet.js (change" }).waitFor();
    await editorText("Sleep well").waitFor();
    await lens("Keep").first().click();
    await lens("Change 1 of 2, reviewed").waitFor();
    await window.statusBarItem("1 of 3 reviewed").waitFor();
    await window.screenshot("review-file");
    await lens("Discard…").nth(1).click();
    await window.page
      .locator(".quick-input-title", { hasText: "Discard line 11 of src/greet.js?" })
      .waitFor();
    await window.screenshot("review-discard");
    await window.page.locator(".quick-input-list .monaco-list-row").first().click();
    await waitUntil(async () => (await editorText("Sleep well").count()) === 0, { what: "the hunk to go" });
    await window.statusBarItem("1 of 2 reviewed").waitFor();
    await window.screenshot("review-discarded");
  });

  it("goes on with the review of what is left, and keeps what was written", async () => {
    const review = await openReview();
    await review.getByText("1 of 2 hunks reviewed").waitFor({ timeout: runLimitMs });
    await window.screenshot("review-again");
  });

  it("takes a comment at a line of the change", async () => {
    await comment("Say it more warmly");
    await window.screenshot("review-comment");
  });

  it("sends the work back with the comments", async () => {
    const shown = await openReview();
    await shown.getByLabel(/^Comment/).fill("Almost.");
    await window.runCommand("Agent Team: Send Back with Comments");
    const review = await window.review("Gate: review");
    const button = review.getByRole("button", { name: "Send back with 1 comment" });
    await waitUntil(() => button.evaluate((element) => element === document.activeElement), {
      what: "the focus on Send back",
    });
    await window.screenshot("review-send-back");
    await button.click();
    await review.getByText(/Answered: entry \d+ of the journal/).waitFor();
    const [returned] = journal().filter(
      ({ type, data }) => type === "gate.decided" && data.returned !== undefined,
    );
    expect(returned?.data).toMatchObject({ phase: "review", returned: { to: "implementation" } });
    expect(blobText(returned?.data.returned?.comment.blob ?? "")).toMatch(
      /Almost\.\n\nsrc\/greet\.js:1: Say it more warmly$/,
    );
    await gateRow();
    await window.screenshot("review-returned");
  });

  it("discards by keys the part where the cursor stands", async () => {
    const review = await openReview();
    await review.getByText("1 of 3 hunks reviewed").waitFor({ timeout: runLimitMs });
    await review.getByRole("button", { name: "Open the difference of src/greet.js" }).click();
    await editorText("Sleep well").click();
    await window.page.keyboard.press("Control+k");
    await window.page.keyboard.press("x");
    await window.page
      .locator(".quick-input-title", { hasText: "Discard line 11 of src/greet.js?" })
      .waitFor();
    await window.page.keyboard.press("Enter");
    await waitUntil(async () => (await editorText("Sleep well").count()) === 0, { what: "the hunk to go" });
    await lens("Discard…").nth(1).waitFor({ state: "detached" });
    await editorText("Welcome").click();
    await window.page.keyboard.press("Control+k");
    await window.page.keyboard.press("k");
    await lens("Keep").waitFor();
    await window.statusBarItem("0 of 2 reviewed").waitFor();
  });

  it("applies what was left in the change once it is approved", async () => {
    const review = await openReview();
    await review.getByText("0 of 2 hunks reviewed").waitFor({ timeout: runLimitMs });
    await review.getByRole("button", { name: "Approve" }).click();
    await window.treeRow("Make the greetings warmer · done").waitFor({ timeout: runLimitMs });
    expect(files()).toEqual({
      ...reviewFiles,
      "src/greet.js": halfChangedGreeting,
      "src/farewell.js": addedFile,
    });
    await window.screenshot("review-applied");
  });

  it("names a file in the way of undoing, and opens it", async () => {
    writeFileSync(join(folder, "src", "greet.js"), "mine\n");
    await window.runCommand("Agent Team: Undo Change");
    await window.notification(/src\/greet\.js/).waitFor();
    await window.screenshot("review-conflict");
    await window.notificationButton("Open greet.js").click();
    await window.activeTab().filter({ hasText: "greet.js" }).waitFor();
    writeFileSync(join(folder, "src", "greet.js"), halfChangedGreeting);
  });

  it("undoes the change byte for byte, and applies it once more", async () => {
    await window.runCommand("Agent Team: Undo Change");
    await window.notification("The change is undone: 2 files").waitFor();
    expect(files()).toEqual(reviewFiles);
    await window.screenshot("review-undone");
    await window.notificationButton("Redo").click();
    await window.notification("The change is applied again: 2 files").waitFor();
    expect(files()).toEqual({
      ...reviewFiles,
      "src/greet.js": halfChangedGreeting,
      "src/farewell.js": addedFile,
    });
    await window.closeNotifications();
  });

  it("lists the changes of all runs with what can be done", async () => {
    await window.runCommand("Agent Team: Changes");
    await window.choose(/Make the greetings warmer.*applied · 2 files/s);
    await window.screenshot("review-changes");
    await window.choose("Undo Change");
    await window.notification("The change is undone: 2 files").waitFor();
    expect(files()).toEqual(reviewFiles);
    await window.closeNotifications();
  });

  it("says what a run changed where its end is not in sight, with a way back", async () => {
    await start("Make the greetings warm at once");
    await gateRow();
    const review = await openReview();
    await window.runCommand("Explorer: Focus on Folders View");
    await review.getByRole("button", { name: "Approve" }).click();
    await window
      .notification(/2 files changed: Make the greetings warm at once/)
      .waitFor({ timeout: runLimitMs });
    await window.screenshot("review-notice");
    await window.notificationButton("Undo").click();
    await window.notification("The change is undone: 2 files").waitFor();
    expect(files()).toEqual(reviewFiles);
    await window.closeNotifications();
    await window.openTeam();
  });

  it("keeps marks, comments and words of a review over a reload", async () => {
    await start("Make the greetings warm");
    const review = await openReview();
    await review.getByRole("button", { name: "Open changes" }).click();
    await lens("Keep").nth(2).waitFor();
    await lens("Keep").nth(1).click();
    await window.statusBarItem("1 of 3 reviewed").waitFor();
    await (await openReview()).getByLabel(/^Comment/).fill("Almost.");
    await comment("Warmer still");
    // The browser stores what is kept a moment later.
    await window.closeNotifications();
    await window.reload();
    // The browser keeps no secrets over a reload, so the gate now waits for somebody who has a key.
    await window.treeRow(/^Waiting for others/).waitFor({ timeout: runLimitMs });
    await window.runCommand("Agent Team: Review Waiting Gate");
    const again = await window.review("Gate: review");
    await again.getByText("1 of 3 hunks reviewed").waitFor({ timeout: runLimitMs });
    expect(await again.getByLabel(/^Comment/).inputValue()).toBe("Almost.");
    await again.getByText("Warmer still").waitFor({ state: "attached" });
  });

  it.each(themes)("has a review without accessibility faults in %s", async (theme) => {
    await window.chooseTheme(theme);
    const name = theme.replaceAll(" ", "-").toLowerCase();
    await window.runCommand("Agent Team: Review Waiting Gate");
    const review = await window.review("Gate: review");
    await window.screenshot(`review-${name}`);
    expect(await accessibilityFaults(review)).toEqual([]);
    await review.getByRole("button", { name: "Open the difference of src/greet.js" }).click();
    await lens("Discard…").first().waitFor();
    await window.screenshot(`review-diff-${name}`);
  });

  async function start(goal: string): Promise<void> {
    await window.runCommand("Agent Team: Start Run");
    await window.answerInput("Start Run", goal);
  }

  /** Writes a comment at the first part of the greeting. */
  async function comment(words: string): Promise<void> {
    const review = await openReview();
    await review.getByRole("button", { name: "Open the difference of src/greet.js" }).click();
    await lens("Comment").first().click();
    const widget = window.page.locator(".review-widget");
    await widget.locator(".monaco-editor").first().click();
    await window.page.keyboard.type(words);
    await widget.getByRole("button", { name: "Add Comment" }).click();
    await widget.locator(".comment-body", { hasText: words }).waitFor();
  }

  async function gateRow(): Promise<void> {
    await window.treeRow(/^Gate: review · waits for you/).waitFor({ timeout: runLimitMs });
  }

  async function openReview(): Promise<Frame> {
    await gateRow();
    await window.runCommand("Agent Team: Review Waiting Gate");
    const review = await window.review("Gate: review");
    // The tab may have been open with an answered gate.
    await review.getByRole("button", { name: "Approve" }).waitFor();
    return review;
  }

  /** What stands in the workspace, by path. */
  function files(): Record<string, string> {
    const paths = globSync("**/*.*", { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
    return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  }

  /** The entries that the host made durable, as its files have them. */
  function journal(): { type: string; data: { returned?: { comment: { blob: string } } } }[] {
    const { agentTeamHome } = fixture.server;
    return globSync("workspaces/*/journal/*.jsonl", { cwd: agentTeamHome })
      .flatMap((file) => readFileSync(join(agentTeamHome, file), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  function blobText(name: string): string {
    const { agentTeamHome } = fixture.server;
    const [file = ""] = globSync(`workspaces/*/**/${name}*`, { cwd: agentTeamHome });
    return readFileSync(join(agentTeamHome, file), "utf8");
  }

  function lens(title: string): Locator {
    return window.page.locator(".codelens-decoration a", { hasText: title });
  }

  function editorText(text: string): Locator {
    return window.page.locator(".editor-group-container .view-line", { hasText: text }).first();
  }
});

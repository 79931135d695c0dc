import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Frame, Locator, Page } from "playwright-core";
import { waitUntil } from "./wait-until.ts";

const screenshotFolder = process.env.AGENT_TEAM_SCREENSHOTS;
const repositoryRoot = join(import.meta.dirname, "..", "..", "..");
const readyLimitMs = 60_000;

/** One VS Code window in the browser, spoken of in the words of a person who uses it. */
export class Workbench {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  /** Opens `folder` in a new window and waits until the workbench can be used. */
  static async open(
    browser: Browser,
    origin: string,
    folder: string,
    tests?: ExtensionTests,
  ): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: 1_400, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const window = new Workbench(context, page);
    await page.goto(`${origin}/?folder=${encodeURIComponent(folder)}${testPayload(origin, tests)}`);
    await window.waitUntilReady();
    return window;
  }

  async waitUntilReady(): Promise<void> {
    await this.page.locator(".monaco-workbench").waitFor({ timeout: readyLimitMs });
    await this.page.locator(".activitybar .action-item").first().waitFor({ timeout: readyLimitMs });
    await this.page.locator(".statusbar-item").first().waitFor({ timeout: readyLimitMs });
  }

  /** Loads the window anew, as "Developer: Reload Window" does. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitUntilReady();
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  /** Types into the command palette and returns its rows; Escape closes it. */
  async searchCommands(text: string): Promise<Locator> {
    const input = this.page.locator(".quick-input-widget .quick-input-box input");
    await waitUntil(
      () =>
        succeeds(async () => {
          if (!(await input.isVisible())) {
            await this.leaveWebview();
            await this.page.keyboard.press("F1");
          }
          // The palette closes when something else takes the focus, as a view does that has just been opened.
          await input.fill(`>${text}`, { timeout: 3_000 });
        }),
      { what: "the command palette" },
    );
    return this.page.locator(".quick-input-list .monaco-list-row");
  }

  /** Takes the focus out of a webview, which keeps keys to itself until its page is loaded. */
  async leaveWebview(): Promise<void> {
    await this.page.evaluate(() => {
      if (document.activeElement instanceof HTMLIFrameElement) document.activeElement.blur();
    });
  }

  /** Runs the command of exactly this title ("Agent Team: Start Run") from the palette; "…" at its end is free. */
  async runCommand(title: string): Promise<void> {
    const label = this.page.locator(".label-name", { hasText: exactly(title, "…?") });
    await waitUntil(
      async () => {
        const rows = await this.searchCommands(title);
        const isRun = await succeeds(() => rows.filter({ has: label }).first().click({ timeout: 5_000 }));
        // The palette lists what could be done when it was opened, perhaps before the window knew its folder.
        if (!isRun) await this.page.keyboard.press("Escape");
        return isRun;
      },
      { what: `the command "${title}" in the palette`, limitMs: readyLimitMs },
    );
  }

  /** Fills the input box of this title and confirms it. */
  async answerInput(title: string, text: string): Promise<void> {
    // The palette uses the same widget, so only the title tells that it has made way.
    const widget = this.page.locator(".quick-input-widget", {
      has: this.page.locator(".quick-input-title", { hasText: title }),
    });
    const input = widget.locator(".quick-input-box input");
    await input.fill(text);
    await input.press("Enter");
  }

  /** Chooses the row of the open pick list whose text has `label`. */
  async choose(label: string | RegExp): Promise<void> {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().click();
  }

  activityBarEntry(name: string): Locator {
    return this.page.locator(`.activitybar .action-label[aria-label^="${name}"]`);
  }

  /** The number on an activity bar entry; null without one. */
  async activityBarBadge(name: string): Promise<string | null> {
    const label = this.page.locator(`.action-label[aria-label^="${name}"]`);
    const badge = this.page.locator(".activitybar .action-item", { has: label }).locator(".badge-content");
    return (await badge.count()) === 0 ? null : (await badge.first().textContent()) || null;
  }

  /** Changes the colour theme to that of exactly this name. */
  async chooseTheme(name: string): Promise<void> {
    await this.runCommand("Preferences: Color Theme");
    const input = this.page.locator(".quick-input-widget .quick-input-box input");
    await input.fill(name);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().click();
  }

  /** Opens the side bar of an activity bar entry unless it is open. */
  async openView(name: string): Promise<void> {
    const title = this.page.locator(".part.sidebar .composite.title", { hasText: new RegExp(name, "i") });
    await this.activityBarEntry(name).waitFor({ timeout: readyLimitMs });
    await waitUntil(
      async () => {
        if (await title.isVisible()) return true;
        // A window that just restores its open side bar takes the click for closing it: then another opens it.
        await this.activityBarEntry(name).click();
        return succeeds(() => title.waitFor({ timeout: 5_000 }));
      },
      { what: `the side bar "${name}"`, limitMs: readyLimitMs },
    );
  }

  /** Opens our side bar and returns the page of the Team view once it has drawn something. */
  async openTeam(): Promise<Frame> {
    await this.openView("Agent Team");
    return this.#frameWith((frame) => frame.locator("#team > *"), "the page of the Team view");
  }

  /** Rows of the trees in the side bar, by what a screen reader says. */
  treeRow(ariaLabel: string | RegExp): Locator {
    return this.page.locator(".part.sidebar").getByRole("treeitem", { name: ariaLabel });
  }

  /** Opens a closed row of a tree. */
  async expand(row: Locator): Promise<void> {
    await row.waitFor();
    if ((await row.getAttribute("aria-expanded")) === "true") return;
    await row.locator(".monaco-tl-twistie").click();
  }

  /** A view ("Tasks") of the open side bar. */
  pane(title: string): Locator {
    return this.page.locator(".part.sidebar .pane", {
      has: this.page.locator(".pane-header", { hasText: title }),
    });
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator(".notification-list-item-message", { hasText: text });
  }

  /** A button of any notification shown. */
  notificationButton(label: string): Locator {
    return this.page
      .locator(".notification-list-item-buttons-container")
      .getByRole("button", { name: label });
  }

  async closeNotifications(): Promise<void> {
    await this.runCommand("Notifications: Clear All Notifications");
  }

  /** Opens the Problems panel and returns its rows. */
  async problems(): Promise<Locator> {
    await this.runCommand("Problems: Focus on Problems View");
    return this.page.locator(".markers-panel").getByRole("treeitem");
  }

  /** Time that VS Code measured for loading and activating the extension of this name. */
  async activationMs(extensionName: string): Promise<number> {
    await this.runCommand("Developer: Show Running Extensions");
    const row = this.page.locator(".runtime-extensions-editor .monaco-list-row", {
      has: this.page.locator(".name", { hasText: exactly(extensionName) }),
    });
    const time = row.locator(".activation-time", { hasText: /\d+ms/ });
    const text = await time.textContent({ timeout: readyLimitMs });
    return Number(/(\d+)ms/.exec(text ?? "")?.[1]);
  }

  /** The tab of the editor in front, by its label. */
  activeTab(): Locator {
    return this.page.locator(".editor-group-container.active .tab.active");
  }

  /** "Ln 12, Col 3" of the status bar. */
  cursorPosition(): Locator {
    return this.page.locator('.statusbar-item[id="status.editor.selection"]');
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item", { hasText: text });
  }

  /** The page of the webview that shows `text`, wherever it is. */
  webviewWith(text: string): Promise<Frame> {
    return this.#frameWith((frame) => frame.getByText(text), `a webview that shows "${text}"`);
  }

  /** The page of the review that has this heading. */
  review(heading: string): Promise<Frame> {
    return this.#frameWith(
      (frame) => frame.locator("#review h1", { hasText: heading }),
      `a review of "${heading}"`,
    );
  }

  async #frameWith(wanted: (frame: Frame) => Locator, what: string): Promise<Frame> {
    const holds = (frame: Frame) =>
      wanted(frame)
        .count()
        .catch(() => 0);
    return waitUntil(
      async () => {
        for (const frame of this.page.frames().slice(1)) if ((await holds(frame)) > 0) return frame;
        return null;
      },
      { what, limitMs: 30_000 },
    );
  }

  /** Saves what the window shows: for a person into the folder asked for, after a failure into the cache. */
  async screenshot(name: string, folder = screenshotFolder): Promise<void> {
    if (folder === undefined) return;
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async failureScreenshot(name: string): Promise<string> {
    const folder = join(repositoryRoot, ".vscode-test", "failures");
    await this.screenshot(name, folder);
    return join(folder, `${name}.png`);
  }
}

/** An extension under development and the module of tests to run in its extension host. */
export interface ExtensionTests {
  extensionDevelopmentPath: string;
  extensionTestsPath: string;
}

function testPayload(origin: string, tests: ExtensionTests | undefined): string {
  if (tests === undefined) return "";
  const authority = new URL(origin).host;
  const pairs = Object.entries(tests).map(([name, path]) => [name, `vscode-remote://${authority}${path}`]);
  return `&payload=${encodeURIComponent(JSON.stringify(pairs))}`;
}

function succeeds(work: () => Promise<void>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  );
}

function exactly(text: string, ending = ""): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}${ending}$`);
}

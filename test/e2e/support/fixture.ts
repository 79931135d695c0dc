import type { Browser } from "playwright-core";
import { onTestFailed } from "vitest";
import { launchBrowser } from "./browser.ts";
import { builtVsix } from "./built-vsix.ts";
import { VscodeServer, type VscodeServerOptions } from "./vscode-server.ts";
import { Workbench } from "./workbench.ts";

/** A server with the extension installed, and a browser; what a test file needs once. */
export class Fixture {
  readonly server: VscodeServer;
  readonly browser: Browser;
  readonly #windows: Workbench[] = [];

  private constructor(server: VscodeServer, browser: Browser) {
    this.server = server;
    this.browser = browser;
  }

  static async start(options: VscodeServerOptions = {}): Promise<Fixture> {
    const server = await VscodeServer.start({ vsixFiles: [builtVsix()], ...options });
    try {
      return new Fixture(server, await launchBrowser());
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async openWindow(folder: string): Promise<Workbench> {
    const window = await Workbench.open(this.browser, this.server.origin, folder);
    this.#windows.push(window);
    return window;
  }

  /** To be called in `beforeEach`: a failed test leaves pictures of its windows and the end of the server's log. */
  reportFailures(): void {
    onTestFailed(async ({ task }) => {
      const name = task.name.replace(/\W+/g, "-").slice(0, 60);
      for (const [index, window] of this.#windows.entries()) {
        const file = await window.failureScreenshot(`${name}-${index}`).catch(() => "no picture");
        console.log(`window ${index}: ${file}`);
      }
      console.log(this.server.logTail(1_500));
      console.log(this.server.productLogs());
    });
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }
}

import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "./support/browser.ts";
import { builtVsix } from "./support/built-vsix.ts";
import { VscodeServer } from "./support/vscode-server.ts";
import { waitUntil } from "./support/wait-until.ts";
import { Workbench } from "./support/workbench.ts";

describe("in the extension host", () => {
  const resultFile = join(tmpdir(), `agent-team-extension-host-${process.pid}.json`);
  let server: VscodeServer;
  let browser: Browser;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      VscodeServer.start({
        vsixFiles: [builtVsix()],
        runsExtensionTests: true,
        env: { EXTENSION_TEST_RESULT: resultFile },
      }),
      launchBrowser(),
    ]);
  });

  afterAll(async () => {
    rmSync(resultFile, { force: true });
    await browser?.close();
    await server?.stop();
  });

  it("the installed extension passes the tests that use the vscode API", async () => {
    const tests = join(import.meta.dirname, "extension-host");
    const window = await Workbench.open(browser, server.origin, await server.makeFolder("api"), {
      extensionDevelopmentPath: tests,
      extensionTestsPath: join(tests, "suite.cjs"),
    });
    const results = await waitUntil(() => readResults(resultFile), {
      what: "the tests in the extension host to end",
      limitMs: 60_000,
      detail: () => server.logTail(),
    });
    expect(results.filter(({ error }) => error !== null)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(4);
    await window.close();
  });
});

interface TestResult {
  name: string;
  error: string | null;
}

function readResults(file: string): TestResult[] | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // Not written yet, or not to its end.
    return null;
  }
}

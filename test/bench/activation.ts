import { launchBrowser } from "../e2e/support/browser.ts";
import { builtVsix } from "../e2e/support/built-vsix.ts";
import { VscodeServer } from "../e2e/support/vscode-server.ts";
import { Workbench } from "../e2e/support/workbench.ts";
import { type Measurement, median } from "./measure.ts";

const windows = 7;
const limitMs = 50;

/** Activation in a real VS Code, as it measures it itself: median over seven windows. Needs `npm run package`. */
export async function run(): Promise<Measurement[]> {
  const [server, browser] = await Promise.all([
    VscodeServer.start({ vsixFiles: [builtVsix()] }),
    launchBrowser(),
  ]);
  try {
    const window = await Workbench.open(browser, server.origin, await server.makeFolder("activation"));
    const times: number[] = [];
    for (let count = 0; count < windows; count++) {
      await window.openTeam();
      times.push(await window.activationMs("Agent Team"));
      await window.reload();
    }
    return [{ name: "activation", value: median(times), unit: "ms", limit: limitMs }];
  } finally {
    await browser.close();
    await server.stop();
  }
}

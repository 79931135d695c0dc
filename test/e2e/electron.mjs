// `npm run test:electron`: the tests of the extension host in a desktop VS Code, for machines that can download
// one. `npm test` runs the same tests in VS Code's server.
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";

const root = join(import.meta.dirname, "..", "..");

process.exitCode = await runTests({
  version: "stable",
  extensionDevelopmentPath: root,
  extensionTestsPath: join(root, "test", "e2e", "extension-host", "suite.cjs"),
  launchArgs: ["--disable-extensions", "--disable-workspace-trust"],
}).catch((error) => {
  console.error(error);
  return 1;
});

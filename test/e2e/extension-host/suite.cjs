// Runs inside the extension host of a real VS Code, beside the installed extension. CommonJS, because that is how
// the extension host loads it. Each exported test gets the extension; `run` is what VS Code calls.
const assert = require("node:assert/strict");
const { writeFileSync } = require("node:fs");
const vscode = require("vscode");

const extensionId = "ai-agent-dev-team.agent-team";

const tests = {
  "the extension is installed": (extension) => {
    assert.ok(extension, `${extensionId} is not installed`);
  },
  "it activates": async (extension) => {
    await extension.activate();
    assert.equal(extension.isActive, true);
  },
  "every command of package.json is registered": async (extension) => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const contributed = extension.packageJSON.contributes.commands.map(({ command }) => command);
    assert.ok(contributed.length > 0);
    assert.deepEqual(
      contributed.filter((command) => !registered.has(command)),
      [],
    );
  },
  "every setting of package.json has the default it states": (extension) => {
    const sections = [extension.packageJSON.contributes.configuration].flat();
    for (const [name, property] of sections.flatMap(({ properties }) => Object.entries(properties))) {
      assert.deepEqual(
        vscode.workspace.getConfiguration().inspect(name)?.defaultValue,
        property.default,
        name,
      );
    }
  },
};

async function run() {
  const results = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(vscode.extensions.getExtension(extensionId));
      results.push({ name, error: null });
    } catch (error) {
      results.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  const resultFile = process.env.EXTENSION_TEST_RESULT;
  if (resultFile !== undefined) writeFileSync(resultFile, JSON.stringify(results));
  const failed = results.filter(({ error }) => error !== null);
  for (const { name, error } of results)
    console.log(`${error === null ? "ok" : "FAILED"} ${name} ${error ?? ""}`);
  if (failed.length > 0) throw new Error(`${failed.length} of ${results.length} tests failed`);
}

module.exports = { run };

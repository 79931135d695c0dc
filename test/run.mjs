// `npm test`: every check in order, stopping at the first that fails. Plain JavaScript that Node 20 can run,
// because it also installs the packages, and with them the Node that everything else runs under.
import { isInstalled, run, runSteps, runTests } from "./support/steps.mjs";

const counts = { passed: 0, failed: 0, skipped: 0 };

process.exitCode = runSteps(
  [
    ["install", install],
    ["lint", () => run("biome", ["check", "--error-on-warnings", "."])],
    ["types", () => run("tsc", ["--noEmit"])],
    ["unit and architecture tests", () => runTests("unit", counts)],
    ["build", () => run("node", ["esbuild.mjs"])],
    ["integration tests", () => runTests("integration", counts)],
    ["package", () => run("node", ["test/support/package-vsix.mjs"])],
    ["tests in a real VS Code", () => runTests("e2e", counts)],
  ],
  counts,
);

function install() {
  if (!isInstalled()) return run("npm", ["ci", "--no-audit", "--no-fund"]);
  console.log("node_modules matches package-lock.json");
  return true;
}

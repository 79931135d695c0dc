// `npm test`: every check in order, stopping at the first that fails. Plain JavaScript that Node 20 can run,
// because it also installs the packages, and with them the Node that everything else runs under.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const bin = join(root, "node_modules", ".bin");
const reports = mkdtempSync(join(tmpdir(), "agent-team-test-"));
const isCi = ["1", "true"].includes(process.env.CI ?? "");
const counts = { passed: 0, failed: 0, skipped: 0 };
const timings = [];

const steps = [
  ["install", install],
  ["lint", () => run("biome", ["check", "."])],
  ["types", () => run("tsc", ["--noEmit"])],
  ["unit and architecture tests", () => vitest("unit")],
  ["build", () => run("node", ["esbuild.mjs"])],
  ["integration tests", () => vitest("integration")],
  ["package", () => run("node", ["test/support/package-vsix.mjs"])],
  ["tests in a real VS Code", () => vitest("e2e")],
];

process.exitCode = main();

function main() {
  try {
    for (const [name, step] of steps) {
      if (!timed(name, step)) return report(name);
    }
    return report(null);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

/** Prints how long each step took and, as the last line, the sums over all test runs. */
function report(failedStep) {
  console.log("\n=== summary");
  for (const line of timings) console.log(line);
  if (failedStep !== null) {
    console.log(`stopped at: ${failedStep}`);
    // A step that is no test run, or died before it could count, is one failure of its own.
    if (counts.failed === 0) counts.failed = 1;
  }
  if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return failedStep === null ? 0 : 1;
}

function timed(name, step) {
  console.log(`\n=== ${name}`);
  const startedAt = Date.now();
  const succeeded = step();
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  timings.push(`${succeeded ? "ok    " : "FAILED"} ${seconds.padStart(7)} s  ${name}`);
  return succeeded;
}

function install() {
  if (isInstalled()) {
    console.log("node_modules matches package-lock.json");
    return true;
  }
  return run("npm", ["ci", "--no-audit", "--no-fund"]);
}

/** True if every package the lock file wants, but for those of other platforms, is there in that version. */
function isInstalled() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden) || !existsSync(join(bin, "node"))) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    return path === "" || present[path]?.version === version || (optional && present[path] === undefined);
  });
}

function vitest(project) {
  const file = join(reports, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const succeeded = run("vitest", ["run", "--project", project, ...reporters]);
  if (!existsSync(file)) return false;
  const result = JSON.parse(readFileSync(file, "utf8"));
  const skipped = result.numPendingTests + result.numTodoTests;
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += skipped;
  if (isCi && skipped > 0) {
    console.log(`${skipped} tests were skipped; in CI that is a failure:`);
    for (const name of skippedNames(result)) console.log(`  ${name}`);
    return false;
  }
  return succeeded;
}

function skippedNames(result) {
  return result.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== "passed" && test.status !== "failed")
      .map((test) => `${file.name}: ${test.fullName}`),
  );
}

/** Runs a program of node_modules/.bin, or of the PATH, with the Node of node_modules first on the PATH. */
function run(program, args) {
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  const isWindows = process.platform === "win32";
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: "inherit", shell: isWindows });
  if (error !== undefined) console.log(`${program}: ${error.message}`);
  return status === 0;
}

// Steps of `npm test` and `npm run test:system`. Plain JavaScript that Node 20 can run without any package.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const bin = join(root, "node_modules", ".bin");
const isCi = ["1", "true"].includes(process.env.CI ?? "");

/** Runs a program of node_modules/.bin, or of the PATH, with the Node of node_modules first on the PATH. */
export function run(program, args) {
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  const isWindows = process.platform === "win32";
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: "inherit", shell: isWindows });
  if (error !== undefined) console.log(`${program}: ${error.message}`);
  return status === 0;
}

/** True if every package the lock file wants, but for those of other platforms, is there in that version. */
export function isInstalled() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden) || !existsSync(join(bin, "node"))) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    return path === "" || present[path]?.version === version || (optional && present[path] === undefined);
  });
}

/** Runs the tests of one vitest project and adds them to `counts`. In CI a skipped test is a failure. */
export function runTests(project, counts) {
  const folder = mkdtempSync(join(tmpdir(), "agent-team-test-"));
  try {
    const file = join(folder, "result.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const succeeded = run("vitest", ["run", "--project", project, ...reporters]);
    return existsSync(file) && count(JSON.parse(readFileSync(file, "utf8")), counts) && succeeded;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs named steps in order until one fails, then prints how long each took, which tests failed and, as the last
 * line, the sums over all test runs: who sees only the end of a log learns what went wrong. Returns the exit code.
 */
export function runSteps(steps, counts) {
  const timings = [];
  const failed = steps.find(([name, step]) => !timed(name, step, timings));
  // A step that runs no tests, or died before it could count them, is one failure of its own.
  if (failed !== undefined && counts.failed === 0) counts.failed = 1;
  console.log("\n=== summary");
  for (const line of timings) console.log(line);
  if (failed !== undefined) console.log(`stopped at: ${failed[0]}`);
  for (const line of counts.failures ?? []) console.log(line);
  if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return failed === undefined ? 0 : 1;
}

function timed(name, step, timings) {
  console.log(`\n=== ${name}`);
  const startedAt = Date.now();
  const succeeded = step();
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  timings.push(`${succeeded ? "ok    " : "FAILED"} ${seconds.padStart(7)} s  ${name}`);
  return succeeded;
}

function count(result, counts) {
  const skipped = result.numPendingTests + result.numTodoTests;
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += skipped;
  counts.failures = [...(counts.failures ?? []), ...failuresOf(result)];
  if (!isCi || skipped === 0) return true;
  console.log(`${skipped} tests were skipped; in CI that is a failure:`);
  for (const name of skippedNames(result)) console.log(`  ${name}`);
  return false;
}

function skippedNames(result) {
  return result.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== "passed" && test.status !== "failed")
      .map((test) => `${file.name}: ${test.fullName}`),
  );
}

/** A line for each test that failed: file, name, time and the first line of its error. */
function failuresOf(result) {
  return result.testResults.flatMap((file) => {
    const name = relative(root, file.name);
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && file.status === "failed")
      return [`failed: ${name}: ${firstLine(file.message)}`];
    return failed.map((test) => {
      const seconds = ((test.duration ?? 0) / 1_000).toFixed(1);
      return `failed: ${name}: ${test.fullName} (${seconds} s): ${firstLine(test.failureMessages[0])}`;
    });
  });
}

function firstLine(message = "") {
  return stripVTControlCharacters(message).split("\n")[0].slice(0, 300);
}

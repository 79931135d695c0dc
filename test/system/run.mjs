// `npm run test:system`: tests that need programs of the system. Installs what Debian has and is missing, then
// fails loudly if something still is.
import { spawnSync } from "node:child_process";
import { run, runSteps, runTests } from "../support/steps.mjs";

/** Program → Debian package. */
const needed = { bwrap: "bubblewrap", strace: "strace", faketime: "faketime" };
const counts = { passed: 0, failed: 0, skipped: 0 };

process.exitCode = runSteps(
  [
    ["programs of the system", installMissing],
    ["system tests", () => runTests("system", counts)],
  ],
  counts,
);

function installMissing() {
  const absent = missingPrograms();
  if (absent.length > 0) {
    const packages = absent.map((program) => needed[program]);
    console.log(`installing ${packages.join(", ")}`);
    const prefix = process.getuid?.() === 0 ? [] : ["sudo", "--non-interactive"];
    const aptGet = (...args) => {
      const command = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args];
      return run(command[0], command.slice(1));
    };
    aptGet("update");
    aptGet("install", "--yes", "--no-install-recommends", ...packages);
  }
  const still = missingPrograms();
  if (still.length > 0) console.log(`missing and not to be installed by apt-get: ${still.join(", ")}`);
  return still.length === 0;
}

function missingPrograms() {
  return Object.keys(needed).filter((program) => spawnSync(program, ["--version"]).error !== undefined);
}

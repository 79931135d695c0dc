import type { ChangedFile } from "../protocol/change-set.ts";
import { sizeOf } from "../protocol/change-set.ts";
import type { Rules } from "../protocol/rules.ts";
import type { DiffFacts } from "./gate.ts";
import { compileFoldedGlobs, compileGlobs } from "./scope.ts";

/**
 * Changed files that only a person clears, in the order given: any that fits `protected`, and tests that were there
 * before and are changed or gone. A new test file is none; a new file that configures tests is.
 */
export function protectedChanges(files: readonly ChangedFile[], rules: Rules): string[] {
  const [isProtected, isTest] = [
    compileFoldedGlobs(rules.protected),
    compileFoldedGlobs(rules.protectedTests),
  ];
  return files
    .filter(({ path, status }) => isProtected(path) || (status !== "added" && isTest(path)))
    .map(({ path }) => path);
}

/** What a gate has to know of the run's whole difference. `paths` are the globs of the run's scope. */
export function diffFacts(files: readonly ChangedFile[], rules: Rules): DiffFacts {
  const [isAllowed, isControl] = [compileGlobs(rules.scope.paths), compileFoldedGlobs(rules.controlPlane)];
  const paths = files.map(({ path }) => path);
  return {
    ...sizeOf(files),
    outside: paths.filter((path) => !isAllowed(path)),
    controlPlane: paths.filter((path) => isControl(path)),
  };
}

import { expect, test } from "vitest";
import {
  isExamplePath,
  isGeneratedPath,
  isLockFile,
  isTestPath,
} from "../../../../../agent-host/analysis/text/path-kind.ts";

test.each<[(path: string) => boolean, string[], string[]]>([
  [
    isTestPath,
    ["tests/a.py", "src/a.test.ts", "pkg/conftest.py", "a/test_b.py", "t/unit/a.py", "x/__fixtures__/a.json"],
    ["src/latest/a.ts", "contest.py", "src/testing.ts"],
  ],
  [
    isExamplePath,
    ["examples/a.py", "docs/a.md", ".env.example", "config.sample.yml"],
    ["src/doc.ts", "src/example.ts"],
  ],
  [isLockFile, ["package-lock.json", "a/yarn.lock", "poetry.lock"], ["lock.ts", "package.json"]],
  [isGeneratedPath, ["dist/a.js", "a.min.js", "a_pb2.py", "x/vendor/a.go"], ["src/distance.ts", "admin.js"]],
])("paths of a kind are told: %#", (isKind, yes, no) => {
  expect([yes.filter(isKind), no.filter(isKind)]).toEqual([yes, []]);
});

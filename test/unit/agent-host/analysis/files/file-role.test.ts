import { expect, test } from "vitest";
import {
  isAsidePath,
  isTestFile,
  isTestPath,
  roleOf,
} from "../../../../../agent-host/analysis/files/file-role.ts";

test.each([
  ["src/store.ts", "source"],
  ["src/latest/contest.ts", "source"],
  ["src/testing.ts", "source"],
  ["src/store.test.ts", "test"],
  ["packages/x/__tests__/a.js", "test"],
  ["e2e/login.ts", "test"],
  ["pkg/conftest.py", "test"],
  ["test/fixtures/a.ts", "fixture"],
  ["testWorkspace/web/app.js", "fixture"],
  ["src/test-data/a.json", "fixture"],
  ["packages/app-templates/templates/a.js", "fixture"],
  ["examples/basic/index.js", "example"],
  ["playground/ssr/server.js", "example"],
  ["packages/create-vite/template-vue/src/App.ts", "example"],
  ["dashboard/starter-example/app/page.tsx", "example"],
  ["basics/api-routes-starter/lib/posts.js", "example"],
  ["docs/conf.py", "docs"],
  ["dev-docs/src/pages/index.tsx", "docs"],
  ["vite.config.ts", "config"],
  [".eslintrc.cjs", "config"],
  ["scripts/release.mjs", "script"],
  ["src/predefinedMigrations/one.ts", "script"],
  [".hygen/property/index.ts", "script"],
  ["app/utils/.server/session.ts", "source"],
  ["types/global.d.ts", "declaration"],
])("%s is %s", (path, role) => {
  expect(roleOf(path)).toBe(role);
});

test.each<[(path: string) => boolean, string[], string[]]>([
  [isTestPath, ["tests/a.py", "a/test_b.py", "t/unit/a.py", "x/__fixtures__/a.json"], ["contest.py"]],
  [isTestFile, ["tests/a.test.ts", "a/test_b.py"], ["tests/input/a.js", "tests/input/test.js"]],
  [
    isAsidePath,
    ["examples/a.py", "docs/a.md", ".env.example", "config.sample.yml", "bench/a.ts", "starters/x/a.ts"],
    ["src/doc.ts", "src/example.ts", "scripts/a.ts"],
  ],
])("paths of a kind are told: %#", (isKind, yes, no) => {
  expect([yes.filter(isKind), no.filter(isKind)]).toEqual([yes, []]);
});

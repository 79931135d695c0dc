import { describe, expect, it } from "vitest";
import { commandsIn } from "../../../../agent-host/config/detect-commands.ts";

/** Commands of a workspace with these files at its root; what ends with `/` is a folder. */
function commands(files: Record<string, string>, testNames: string[] = []): Record<string, string[]> {
  const names = new Set(Object.keys(files).map((name) => name.replace(/\/$/, "")));
  return commandsIn({ names, testNames, text: (name) => files[name] });
}

function manifest(scripts: unknown, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ scripts, ...more });
}

describe("commandsIn", () => {
  it("knows none in an empty folder", () => {
    expect(commands({})).toEqual({});
  });

  it("takes the scripts of package.json that criteria may name", () => {
    const scripts = { test: "vitest", lint: "biome", build: "tsc", deploy: "rm -rf /" };
    expect(commands({ "package.json": manifest(scripts) })).toEqual({
      test: ["npm", "test"],
      lint: ["npm", "run", "lint"],
      build: ["npm", "run", "build"],
    });
  });

  it.each([
    ["pnpm-lock.yaml", ["pnpm", "test"]],
    ["yarn.lock", ["yarn", "test"]],
    ["bun.lock", ["bun", "run", "test"]],
    ["package-lock.json", ["npm", "test"]],
  ])("runs them by the package manager of %s", (lock, argv) => {
    expect(commands({ "package.json": manifest({ test: "x" }), [lock]: "" })).toEqual({ test: argv });
  });

  it("believes the manifest more than a lock file", () => {
    const text = manifest({ test: "x" }, { packageManager: "pnpm@9.1.0" });
    expect(commands({ "package.json": text, "yarn.lock": "" })).toEqual({ test: ["pnpm", "test"] });
  });

  it.each([
    manifest({ test: 'echo "Error: no test specified" && exit 1' }),
    manifest({ test: "" }),
    manifest({ test: 5 }),
    manifest(null),
    manifest([]),
    "[]",
    "null",
    "{ broken",
    "",
  ])("finds no tests in package.json %j", (text) => {
    expect(commands({ "package.json": text })).toEqual({});
  });

  it.each([
    [{ "pytest.ini": "" }, []],
    [{ "conftest.py": "" }, []],
    [{ "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["t"]' }, []],
    [{ "requirements-dev.txt": "pytest==8.0\n" }, []],
    [{ "setup.py": "", "tests/": "" }, ["test_a.py"]],
    [{ "pyproject.toml": "[project]", "test_a.py": "" }, []],
  ] as [Record<string, string>, string[]][])("takes pytest for %j", (files, testNames) => {
    expect(commands(files, testNames)).toEqual({ test: ["python3", "-m", "pytest"] });
  });

  it.each([
    [{ "pyproject.toml": "[project]\nname = 'x'" }, []],
    [{ "tests/": "" }, ["test_a.py"]],
    [{ "tests/": "", "setup.py": "" }, ["a.js"]],
  ] as [Record<string, string>, string[]][])("does not guess pytest from %j", (files, testNames) => {
    expect(commands(files, testNames)).toEqual({});
  });

  it.each([
    [{ "Cargo.toml": "" }, ["cargo", "test"]],
    [{ "go.mod": "" }, ["go", "test", "./..."]],
    [{ gradlew: "", "build.gradle": "" }, ["./gradlew", "test"]],
    [{ "build.gradle.kts": "" }, ["gradle", "test"]],
    [{ "pom.xml": "", mvnw: "" }, ["./mvnw", "test"]],
    [{ "pom.xml": "" }, ["mvn", "test"]],
    [{ Makefile: "CC := gcc\nall: test\n\ntest: build\n\tpython3 -m unittest\n" }, ["make", "test"]],
    [{ makefile: ".PHONY: x\ncheck :\n\ttrue\n" }, ["make", "check"]],
    [{ Makefile: "lint test:: x\n" }, ["make", "test"]],
  ])("knows the tests of %j", (files, argv) => {
    expect(commands(files).test).toEqual(argv);
  });

  it.each(["test := 1\n", "test = a:b\n", "\ttest: x\n", "# test:\n", "testing: x\n", "test\n"])(
    "finds no target in %j",
    (text) => {
      expect(commands({ Makefile: text })).toEqual({});
    },
  );

  it("lets the first that knows a name have it, and others add theirs", () => {
    const files = { "package.json": manifest({ test: "x" }), Makefile: "test:\nlint:\n" };
    expect(commands(files)).toEqual({ test: ["npm", "test"], lint: ["make", "lint"] });
  });
});

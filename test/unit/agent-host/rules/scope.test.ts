import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileGlobs,
  globProblem,
  isWithin,
  matchesAny,
  matchesAnyFolded,
} from "../../../../agent-host/rules/scope.ts";

/** What globs mean, as a backtracking expression; only for small ones. */
function reference(glob: string): RegExp {
  const isPlain = !/[*?]/.test(glob);
  const parts = [...glob.split("/"), ...(isPlain ? ["**"] : [])];
  const source = parts.map((part) =>
    part === "**"
      ? "(?:[^/]+/)*"
      : `${part.replace(/\*+/g, "*").replace(/[*?]/g, (each) => (each === "*" ? "[^/]*" : "[^/]"))}/`,
  );
  return new RegExp(`^${source.join("")}$`);
}

const name = fc
  .string({ unit: fc.constantFrom("a", "b", "."), minLength: 1, maxLength: 3 })
  .filter((text) => !/^\.+$/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join("/"));
const globName = fc.oneof(
  fc.constant("**"),
  fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1, maxLength: 4 }),
);
const glob = fc.array(globName, { minLength: 1, maxLength: 5 }).map((names) => names.join("/"));

describe("matchesAny", () => {
  it.each([
    ["**", "a/b/c.ts", true],
    ["**", ".", true],
    ["src/**", "src", true],
    ["src/**", "src/a/b.ts", true],
    ["src/**", "src2/a.ts", false],
    ["src", "src/a/b.ts", true],
    ["src/", "src/a", true],
    ["./src", "src/a", true],
    ["*.ts", "a.ts", true],
    ["*.ts", "a/b.ts", false],
    ["**/*.ts", "a.ts", true],
    ["**/*.ts", "a/b/.c.ts", true],
    ["src/*", "src/a/b", false],
    ["src/**/test/*.js", "src/test/a.js", true],
    ["src/**/test/*.js", "src/x/y/test/a.js", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["{src,lib}/**", "lib/a", true],
    ["a{b,c{d,e}}f", "acef", true],
    ["a{b,c{d,e}}f", "acf", false],
    ["app/[slug]/page.tsx", "app/[slug]/page.tsx", true],
    ["app/[slug]/page.tsx", "app/s/page.tsx", false],
    ["a**b", "axxb", true],
    ["a**b", "ax/xb", false],
    ["caf\u00e9/**", "cafe\u0301/menu", true],
    ["SRC/**", "src/a", false],
  ])("takes %s and %s for %s", (pattern, file, expected) => {
    expect(matchesAny([pattern], file)).toBe(expected);
  });

  it.each(["../a", "a/../../b", "/etc/passwd", "a//b", "a/./b", "a\\b", "a\0b", ""])(
    "lets no path that is not in normal form match: %j",
    (file) => {
      expect(matchesAny(["**"], file)).toBe(false);
    },
  );

  it("agrees with the meaning written as a regular expression", () => {
    fc.assert(
      fc.property(glob, path, (pattern, file) => {
        expect(matchesAny([pattern], file)).toBe(reference(pattern).test(`${file}/`));
      }),
      { numRuns: 5_000 },
    );
  });

  it("finds among many globs what each finds by itself", () => {
    fc.assert(
      fc.property(fc.array(glob, { minLength: 1, maxLength: 20 }), path, (globs, file) => {
        expect(matchesAny(globs, file)).toBe(globs.some((each) => matchesAny([each], file)));
      }),
      { numRuns: 1_000 },
    );
  });

  it("stays linear in hostile globs and paths", () => {
    const matches = compileGlobs([`${"**/a*".repeat(80)}b`, `${"*a".repeat(240)}b`, `${"**/".repeat(150)}b`]);
    const files = [`${"a/".repeat(2_000)}c`, "a".repeat(4_000)];
    const start = performance.now();
    for (const file of files) expect(matches(file)).toBe(false);
    // A backtracking matcher would not end within a lifetime.
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("matchesAnyFolded", () => {
  const guarded = ["**/.git/**", ".vscode/**", "**/.mcp.json", "**/*.code-workspace"];

  it.each([
    ".git",
    ".git/config",
    "sub/.GIT/hooks/pre-commit",
    ".g\u200cit/config",
    ".git./config",
    ".git /config",
    ".git::$INDEX_ALLOCATION/config",
    "GIT~1/config",
    ".VSCODE/settings.json",
    ".vs\uff43ode/settings.json",
    ".mcp.json",
    ".MCP.JSON.",
    "App.Code-Workspace",
    "a/../.git/config",
    "/abs/.git",
    "a//b",
    "a\\.git\\config",
  ])("guards %j", (file) => {
    expect(matchesAnyFolded(guarded, file)).toBe(true);
  });

  it.each(["src/git/config", ".gitignore", "vscode/settings.json", "docs/mcp.json.md", "a~b.ts", "."])(
    "leaves %j alone",
    (file) => {
      expect(matchesAnyFolded(guarded, file)).toBe(false);
    },
  );
});

describe("isWithin", () => {
  it.each([
    ["src/a.ts", ["src"], true],
    ["src/**", ["src/**"], true],
    ["src/*.ts", ["src/**"], true],
    ["src", ["src/*"], false],
    ["**", ["src/**"], false],
    [".", ["**"], true],
    [".", ["src/**"], false],
    ["{src,lib}/a", ["src/**", "lib/**"], true],
    ["{src,etc}/a", ["src/**", "lib/**"], false],
    ["src/*/a", ["src/?/a"], false],
    ["src/**/a", ["src/*/a"], false],
    ["../src", ["**"], false],
    ["a{b", ["**"], false],
  ])("takes %s within %j for %s", (inner, outer, expected) => {
    expect(isWithin(inner, outer)).toBe(expected);
  });

  it("never calls a glob within another that misses one of its paths", () => {
    fc.assert(
      fc.property(glob, glob, path, (inner, outer, file) => {
        fc.pre(isWithin(inner, [outer]) && matchesAny([inner], file));
        expect(matchesAny([outer], file)).toBe(true);
      }),
      { numRuns: 2_000, maxSkipsPerRun: 200 },
    );
  });
});

describe("globProblem", () => {
  it.each([
    ["a/../..", "it leads out of the workspace"],
    ["{..,a}/b", "it leads out of the workspace"],
    ["/etc/**", "it is not relative to the workspace"],
    ["C:/x", "it is not relative to the workspace"],
    ["a\\b", "names are separated by / and nothing is escaped"],
    ["!a", "there are no exceptions with !"],
    ["a//b", "it has an empty name"],
    ["{a,b", "its braces do not match, or stand for more than 64 alternatives"],
    ["{a,b}".repeat(20), "its braces do not match, or stand for more than 64 alternatives"],
    ["a".repeat(501), "it is longer than 500 characters"],
  ])("says what is wrong with %s", (pattern, problem) => {
    expect(globProblem(pattern)).toBe(problem);
    expect(matchesAny([pattern], "a")).toBe(false);
  });

  it("finds nothing wrong with what matches", () => {
    expect(globProblem("**/{a,b{c,d}}/*.ts")).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { globFilter } from "../../../../agent-host/tools/glob.ts";

describe("globFilter", () => {
  it.each([
    ["*.ts", "src/a.ts", true],
    ["*.ts", "src/a.tsx", false],
    ["src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/deep/a.ts", false],
    ["./src/**", "src/deep/a.ts", true],
    ["src/**", "srcs/a", false],
    ["**/*.test.ts", "a.test.ts", true],
    ["**/b/**/c", "a/b/x/y/b/z/c", true],
    ["**/b/**/c", "a/b/x/c/d", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a?c", "a😀c", true],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["{a,b}.{ts,js}", "x/b.js", true],
    ["{a,b}.{ts,js}", "c.js", false],
    ["a.c", "abc", false],
    ["[", "[", true],
    ["", "a", false],
  ])("%s and %s: %s", (glob, path, expected) => {
    expect(globFilter(glob)(path)).toBe(expected);
  });

  it("is quick for any glob", () => {
    const startedAt = performance.now();
    globFilter(`${"*a".repeat(200)}b`)("a".repeat(4_000));
    globFilter(`${"**/a/".repeat(90)}b`)("a/".repeat(2_000));
    globFilter("{a,b}".repeat(90))("a".repeat(90));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkGitVersion, findGit } from "../../../../agent-host/workspace/git-program.ts";

let base: string;
let root: string;
let tools: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "agent-team-git-program-")));
  [root, tools] = [join(base, "workspace"), join(base, "tools")];
  for (const folder of [join(root, "bin"), tools]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "git"), "#!/bin/sh\n", { mode: 0o755 });
  }
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("findGit", () => {
  test("passes over relative folders and those of the workspace, also behind links", () => {
    symlinkSync(join(root, "bin"), join(base, "alias"));
    const searchPath = ["", ".", "bin", join(root, "bin"), join(base, "alias"), tools].join(delimiter);
    expect(findGit({ searchPath, root })).toEqual({ program: join(tools, "git"), searchPath: tools });
  });

  test("passes over a link into the workspace", () => {
    rmSync(join(tools, "git"));
    symlinkSync(join(root, "bin", "git"), join(tools, "git"));
    expect(() => findGit({ searchPath: tools, root })).toThrow("no program git was found");
  });

  test("passes over folders and files that cannot be executed", () => {
    chmodSync(join(tools, "git"), 0o644);
    const other = join(base, "other");
    mkdirSync(join(other, "git"), { recursive: true });
    expect(() => findGit({ searchPath: [tools, other].join(delimiter), root })).toThrow("no program git");
  });

  test("takes an absolute name as it is, unless it lies in the workspace", () => {
    const git = join(tools, "git");
    expect(findGit({ git, searchPath: "", root }).program).toBe(git);
    expect(() => findGit({ git: join(root, "bin", "git"), searchPath: "", root })).toThrow("no program");
  });

  test("says what to do", () => {
    expect(() => findGit({ searchPath: "", root })).toThrow(
      expect.objectContaining({ code: "tree.gitMissing", hint: expect.stringContaining("2.38") }),
    );
  });
});

describe("checkGitVersion", () => {
  test.each([
    "git version 2.38.0",
    "git version 2.39.5 (Apple Git-154)",
    "git version 2.100.1",
    "git version 3.0.0",
  ])("takes %s", (output) => expect(() => checkGitVersion(`${output}\n`)).not.toThrow());

  test.each(["git version 2.37.9", "git version 1.99.0", "hg version 3.0", ""])("refuses %j", (output) =>
    expect(() => checkGitVersion(output)).toThrow(expect.objectContaining({ code: "tree.gitTooOld" })),
  );
});

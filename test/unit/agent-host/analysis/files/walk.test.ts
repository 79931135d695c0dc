import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { walk } from "../../../../../agent-host/analysis/files/walk.ts";
import { type Files, withWorkspace, writeFiles } from "../analyze-files.ts";

describe("walk", () => {
  test("lists sorted paths and leaves out what git leaves out", async () => {
    const { files } = await walked({
      ".gitignore": "*.log\n/only-top\n!keep.log\n",
      "b.ts": "",
      "a.log": "",
      "keep.log": "",
      "only-top": "",
      "sub/only-top": "",
      "sub/.gitignore": "/local.ts\n!loud.log\n",
      "sub/local.ts": "",
      "sub/loud.log": "",
      "sub/deep/local.ts": "",
      "node_modules/x/index.js": "",
    });
    expect(files).toEqual([
      ".gitignore",
      "b.ts",
      "keep.log",
      "sub/.gitignore",
      "sub/deep/local.ts",
      "sub/loud.log",
      "sub/only-top",
    ]);
  });

  test("takes no rules from a pipe or a link in an ignore file's place, and does not wait for them", async () => {
    await withWorkspace({ "a.ts": "", "sub/b.ts": "", "elsewhere/rules": "*.ts\n" }, async (root) => {
      execFileSync("mkfifo", [join(root, ".gitignore")]);
      symlinkSync(join(root, "elsewhere", "rules"), join(root, "sub", ".gitignore"));
      const { files } = walk(root, 100);
      expect(files.filter((file) => file.endsWith(".ts"))).toEqual(["a.ts", "sub/b.ts"]);
    });
  });

  test("obeys .git/info/exclude and the ignore files above a folder of the repository", async () => {
    await withWorkspace(
      { "a/.git/info/exclude": "secret.ts\n", "a/.gitignore": "/src/built/\n*.tmp\n" },
      async (root) => {
        writeFiles(root, {
          "a/src/x.ts": "",
          "a/src/secret.ts": "",
          "a/src/built/y.ts": "",
          "a/src/z.tmp": "",
        });
        expect(walk(join(root, "a/src"), 100).files).toEqual(["x.ts"]);
      },
    );
  });

  test("names folders and files it leaves out", async () => {
    await withWorkspace(
      { "dist/a.js": "", "dist/a.js.map": "", "vendor/lib.js": "", "build/webpack.js": "" },
      async (root) => {
        symlinkSync("..", join(root, "loop"));
        execFileSync("mkfifo", [join(root, "pipe")]);
        mkdirSync(join(root, "empty"));
        const { files, skipped } = walk(root, 100);
        expect(files).toEqual(["build/webpack.js"]);
        expect(skipped).toEqual([
          { file: "dist/", reason: "build output" },
          { file: "loop", reason: "symbolic link" },
          { file: "pipe", reason: "not a regular file" },
          { file: "vendor/", reason: "vendored folder" },
        ]);
      },
    );
  });

  test("stops at the limit and says so", async () => {
    await withWorkspace({ "a.ts": "", "b.ts": "", "c.ts": "" }, async (root) => {
      const { files, skipped } = walk(root, 2);
      expect(files).toHaveLength(2);
      expect(skipped).toEqual([{ file: ".", reason: "1 files beyond the limit of 2" }]);
    });
  });

  test("tells an ignored path that is not there", async () => {
    await withWorkspace({ ".gitignore": "gen/\n*.out.ts\n" }, async (root) => {
      const { isIgnored } = walk(root, 10);
      expect(["gen/a.ts", "x/y.out.ts", "x/y.ts"].map(isIgnored)).toEqual([true, true, false]);
    });
  });
});

async function walked(files: Files): Promise<{ files: readonly string[] }> {
  return await withWorkspace(files, async (root) => walk(root, 1_000));
}

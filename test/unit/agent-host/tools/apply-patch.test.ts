import { chmod, mkdir, readdir, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { badCallMark } from "../../../../agent-host/protocol/conversation.ts";
import { applyPatchTool } from "../../../../agent-host/tools/apply-patch.ts";
import { makeTaskTree, prepareTool, type TaskTree, useTool } from "../../../support/task-tree.ts";

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
});
afterEach(() => tree.remove());

const never = new AbortController().signal;
const apply = (patch: unknown) => useTool(applyPatchTool(), patch, tree.context);
const lines = (...all: string[]) => `${all.join("\n")}\n`;

const gitPatch = lines(
  "diff --git a/a.txt b/a.txt",
  "index 111..222 100644",
  "--- a/a.txt",
  "+++ b/a.txt",
  "@@ -1,3 +1,3 @@ heading",
  " one",
  "-two",
  "+TWO",
  " three",
  "diff --git a/run.sh b/run.sh",
  "new file mode 100755",
  "index 000..333",
  "--- /dev/null",
  "+++ b/run.sh",
  "@@ -0,0 +1 @@",
  "+echo",
  "diff --git a/gone b/gone",
  "deleted file mode 100644",
  "--- a/gone",
  "+++ /dev/null",
  "@@ -1 +0,0 @@",
  "-bye",
  "diff --git a/old name b/new name",
  "similarity index 100%",
  "rename from old name",
  "rename to new name",
);

const markedPatch = lines(
  "*** Begin Patch",
  "*** Update File: a.txt",
  "@@",
  " one",
  "-two",
  "+TWO",
  "*** Add File: run.sh",
  "+echo",
  "*** Delete File: gone",
  "*** Update File: old name",
  "*** Move to: new name",
  "*** End Patch",
);

async function putFiles(): Promise<void> {
  await tree.put("a.txt", lines("one", "two", "three"));
  await tree.put("gone", "bye\n");
  await tree.put("old name", "kept\n");
  await chmod(join(tree.folder, "old name"), 0o755);
}

describe("apply_patch", () => {
  it.each([
    ["git diff", gitPatch],
    ["*** Begin Patch", markedPatch],
    ["a fence", `\`\`\`diff\n${gitPatch}\`\`\`\n`],
    ["a here-document", `apply_patch <<'EOF'\n${markedPatch}EOF\n`],
    ["CRLF", gitPatch.replaceAll("\n", "\r\n")],
    ["wrong counts", gitPatch.replaceAll("@@ -1,3 +1,3 @@", "@@ -1,9 +1,8 @@")],
  ])("changes, adds, deletes and moves files from %s", async (_, patch) => {
    await putFiles();
    expect(await apply({ input: patch })).toEqual({
      text: "Changed a.txt\nAdded run.sh\nDeleted gone\nMoved old name to new name",
      isError: false,
    });
    expect((await readdir(tree.folder)).sort()).toEqual(["a.txt", "new name", "run.sh"]);
    expect(await tree.read("a.txt")).toBe(lines("one", "TWO", "three"));
    expect(await tree.read("run.sh")).toBe("echo\n");
    expect((await stat(join(tree.folder, "new name"))).mode & 0o777).toBe(0o755);
  });

  it("tells every file that it would touch, before it does", async () => {
    await putFiles();
    expect(await prepareTool(applyPatchTool(), { patch: gitPatch }, tree.context)).toMatchObject({
      access: {
        kind: "write",
        files: [
          { path: "a.txt", verb: "edit" },
          { path: "run.sh", verb: "create" },
          { path: "new name", verb: "create" },
          { path: "gone", verb: "delete" },
          { path: "old name", verb: "delete" },
        ],
      },
      check: { kind: "files", files: [{ path: "a.txt" }, { before: null }, {}, { after: null }, {}] },
    });
  });

  it("changes nothing where one part does not fit", async () => {
    await putFiles();
    await tree.put("a.txt", lines("one", "2", "three"));
    const { text, isError } = await apply({ patch: gitPatch });
    expect(isError).toBe(true);
    expect(text).toContain("a.txt: the hunk (at line 1) does not fit: the nearest is lines 1 to 3");
    expect(text).toContain('the file has\n  "2"\nand yours\n  "two"');
    expect(await readdir(tree.folder)).toHaveLength(3);
  });

  it("puts back what it did where a later file changed meanwhile", async () => {
    await putFiles();
    const prepared = await prepareTool(applyPatchTool(), { patch: gitPatch }, tree.context);
    await tree.put("gone", "changed");
    const outcome = "text" in prepared ? prepared : await prepared.perform(never);
    expect(outcome).toMatchObject({
      isError: true,
      text: "gone changed since it was looked at; read it again. Nothing was changed: the files before it were put back",
    });
    expect((await readdir(tree.folder)).sort()).toEqual(["a.txt", "gone", "old name"]);
    expect(await tree.read("a.txt")).toBe(lines("one", "two", "three"));
  });

  it("finds hunks whose line numbers are wrong, and says so where there are several places", async () => {
    const block = ["if (x) {", "  go();", "}"];
    await tree.put("a", lines("first", ...block, "mid", ...block, "last"));
    const at = (line: number) =>
      lines("--- a/a", "+++ b/a", `@@ -${line},3 +${line},3 @@`, " if (x) {", "-  go();", "+  stop();", " }");
    expect((await apply(at(40))).text).toContain("fits in several places (lines 2, 6)");
    expect((await apply(at(6))).isError).toBe(false);
    expect(await tree.read("a")).toBe(lines("first", ...block, "mid", "if (x) {", "  stop();", "}", "last"));
    expect((await apply(at(40))).isError).toBe(false);
    expect((await apply(at(2))).text).toContain("does not fit");
  });

  it("finds the place behind the line that @@ names", async () => {
    await tree.put("a", lines("def f():", "    return 1", "def g():", "    return 1"));
    const patch = (heading: string) =>
      lines(
        "*** Begin Patch",
        "*** Update File: a",
        `@@ ${heading}`,
        "-    return 1",
        "+    return 2",
        "*** End Patch",
      );
    expect((await apply(patch("def h():"))).text).toContain("names a line that does not stand in the file");
    expect((await apply(patch("def g():"))).isError).toBe(false);
    expect(await tree.read("a")).toBe(lines("def f():", "    return 1", "def g():", "    return 2"));
  });

  it("keeps CRLF, the byte order mark, blanks at line ends and a missing last line end", async () => {
    await tree.put("a", "\uFEFFone  \r\ntwo\r\nthree");
    const patch = lines(
      "*** Begin Patch",
      "*** Update File: a",
      " one",
      "-two",
      "+TWO",
      "+2",
      " three",
      "*** End Patch",
    );
    expect((await apply(patch)).isError).toBe(false);
    expect(await tree.read("a")).toBe("\uFEFFone  \r\nTWO\r\n2\r\nthree");
  });

  it("says when a change is there already", async () => {
    await tree.put("a", lines("one", "TWO", "three"));
    const patch = lines("--- a/a", "+++ b/a", "@@ -1,3 +1,3 @@", " one", "-two", "+TWO", " three");
    expect((await apply(patch)).text).toContain("may be made already");
  });

  it.each([
    ["words", "please change a to b"],
    ["no file", "@@ -1 +1 @@\n-a\n+b"],
    ["a stray line", lines("--- a/a", "+++ b/a", "@@ -1,2 +1,2 @@", " one", "two")],
    ["a stray change", lines("--- a/a", "+++ b/a", "@@ -1 +1 @@", "-one", "+1", "", "oops", "+more")],
    ["a binary file", lines("diff --git a/a b/a", "index 1..2", "GIT binary patch", "literal 3")],
    [
      "a link",
      lines("diff --git a/a b/a", "new file mode 120000", "--- /dev/null", "+++ b/a", "@@ -0,0 +1 @@", "+b"),
    ],
    ["a change of mode", lines("diff --git a/a b/a", "old mode 100644", "new mode 100755")],
    ["an added file without +", lines("*** Begin Patch", "*** Add File: a", "one", "*** End Patch")],
  ])("calls %s a bad call", async (_, patch) => {
    await tree.put("a", "one\n");
    expect((await apply({ patch })).text).toMatch(new RegExp(`^${badCallMark}`));
    expect(await tree.read("a")).toBe("one\n");
  });

  it.each([
    ["../outside/x", "outside of this task's folder"],
    ["way/x", "outside of this task's folder"],
    ["missing", "There is no file missing"],
    ["bin", "binary file"],
  ])("refuses %s", async (path, words) => {
    await symlink(tree.outside, join(tree.folder, "way"));
    await tree.put("bin", new Uint8Array([0, 1]));
    const patch = lines("*** Begin Patch", `*** Update File: ${path}`, "-a", "+b", "*** End Patch");
    expect(await apply({ patch })).toMatchObject({ isError: true, text: expect.stringContaining(words) });
    const added = lines("*** Begin Patch", "*** Add File: ../outside/y", "+b", "*** End Patch");
    expect((await apply({ patch: added })).isError).toBe(true);
    expect(await readdir(tree.outside)).toEqual([]);
  });

  it("takes at most 25 files", async () => {
    const add = Array.from({ length: 26 }, (_, n) => `*** Add File: f${n}\n+x`);
    const { text } = await apply({ patch: lines("*** Begin Patch", ...add, "*** End Patch") });
    expect(text).toContain("26 files; at most 25");
  });

  it("does not write over what it adds or where it moves", async () => {
    await mkdir(join(tree.folder, "d"));
    await putFiles();
    const add = lines("*** Begin Patch", "*** Add File: a.txt", "+x", "*** End Patch");
    expect((await apply(add)).text).toContain("exists already");
    const move = lines("*** Begin Patch", "*** Update File: gone", "*** Move to: a.txt", "*** End Patch");
    expect((await apply(move)).text).toContain("exists already");
  });
});

import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editFileTool } from "../../../../agent-host/tools/edit-file.ts";
import { makeTaskTree, type TaskTree, useTool } from "../../../support/task-tree.ts";

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
});
afterEach(() => tree.remove());

const edit = (input: object) => useTool(editFileTool(), { path: "a.ts", ...input }, tree.context);

describe("edit_file", () => {
  it.each([
    { edits: [{ oldText: "one", newText: "1" }] },
    { oldText: "one", newText: "1" },
    { old_string: "one", new_string: "1" },
    { old_str: "one", new_str: "1" },
  ])("takes an edit as %j", async (input) => {
    await tree.put("a.ts", "one two");
    expect(await edit(input)).toEqual({ text: "Edited a.ts in 1 place", isError: false });
    expect(await tree.read("a.ts")).toBe("1 two");
  });

  it("makes edits one after the other, and patterns in the new text mean nothing", async () => {
    await tree.put("a.ts", "\uFEFFa b a");
    const edits = [
      { oldText: "a", newText: "$&$1", replaceAll: true },
      { oldText: "b $&", newText: "c $" },
    ];
    expect((await edit({ edits })).text).toBe("Edited a.ts in 3 places");
    expect(await tree.read("a.ts")).toBe("\uFEFF$&$1 c $$1");
  });

  it("changes nothing unless every edit fits", async () => {
    await tree.put("a.ts", "one");
    const edits = [
      { oldText: "one", newText: "two" },
      { oldText: "three", newText: "four" },
    ];
    expect(await edit({ edits })).toMatchObject({
      isError: true,
      text: expect.stringContaining("edit 2 of 2"),
    });
    expect(await tree.read("a.ts")).toBe("one");
  });

  it("shows the nearest lines where the text does not stand in the file", async () => {
    await tree.put("a.ts", "import x\n\nfunction add(a: number, b: number) {\n  return a + b;\n}\n");
    const { text } = await edit({ oldText: "function add(a, b) {\n  return a+b\n}", newText: "x" });
    expect(text).toContain(
      "nearest is lines 3 to 5:\nfunction add(a: number, b: number) {\n  return a + b;\n}",
    );
    expect((await edit({ oldText: "quite different", newText: "x" })).text).not.toContain("nearest");
  });

  it("names the lines where the text stands more than once", async () => {
    await tree.put("a.ts", "x\ny\nx\n");
    expect((await edit({ oldText: "x", newText: "z" })).text).toContain("2 places (on lines 1, 3)");
  });

  it("finds text written with LF in a file with CRLF, and keeps CRLF", async () => {
    await tree.put("a.ts", "a\r\nb\r\nc\r\n");
    await edit({ oldText: "a\nb", newText: "x\ny\nz" });
    expect(await tree.read("a.ts")).toBe("x\r\ny\r\nz\r\nc\r\n");
  });

  it("keeps the mode", async () => {
    await tree.put("a.ts", "one");
    await chmod(join(tree.folder, "a.ts"), 0o755);
    await edit({ oldText: "one", newText: "two" });
    expect((await stat(join(tree.folder, "a.ts"))).mode & 0o777).toBe(0o755);
  });

  it.each([
    { oldText: "", newText: "x" },
    { oldText: "one", newText: "one" },
    { path: "missing", oldText: "one", newText: "x" },
    { path: "bin", oldText: "one", newText: "x" },
    { edits: [] },
    { oldText: "one" },
  ])("says why %j cannot be", async (input) => {
    await tree.put("a.ts", "one");
    await tree.put("bin", new Uint8Array([0]));
    expect(await edit(input)).toMatchObject({ isError: true });
    expect(await tree.read("a.ts")).toBe("one");
  });
});

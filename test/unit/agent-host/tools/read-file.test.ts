import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFileTool } from "../../../../agent-host/tools/read-file.ts";
import { makeTaskTree, prepareTool, type TaskTree, useTool } from "../../../support/task-tree.ts";

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
});
afterEach(() => tree.remove());

const read = (input: unknown) => useTool(readFileTool(), input, tree.context);

describe("read_file", () => {
  it("gives the text as it is", async () => {
    await tree.put("src/a.ts", "one\r\ntwo é\n");
    expect(await read({ path: "src/a.ts" })).toEqual({ text: "one\r\ntwo é\n", isError: false });
    expect((await read({ file_path: join(tree.folder, "src/a.ts") })).text).toBe("one\r\ntwo é\n");
  });

  it("asks for reading that one file, and changes nothing", async () => {
    await tree.put("a", "x");
    expect(await prepareTool(readFileTool(), { path: "./b/../a" }, tree.context)).toMatchObject({
      access: { kind: "read", paths: ["a"] },
      hasEffect: false,
      check: { kind: "none" },
      facts: ["read: a"],
    });
  });

  it("gives some lines, numbered if wanted, and says how to go on", async () => {
    await tree.put("a", "1\n2\n3\n4");
    expect((await read({ path: "a", offset: 2, limit: 2 })).text).toBe(
      "2\n3\n[lines 2 to 3 of 4; go on with offset 4]",
    );
    expect((await read({ path: "a", offset: 3, numbered: true })).text).toBe("3\t3\n4\t4");
    expect(await read({ path: "a", offset: 5 })).toMatchObject({ isError: true });
  });

  it("never puts out more than 32 KiB, and can be read on to the end", async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => `line ${at} ${"é".repeat(10)}\n`);
    await tree.put("a", lines.join(""));
    let whole = "";
    for (let offset = 1; offset > 0; ) {
      const { text } = await read({ path: "a", offset, limit: 100_000 });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
      const note = /\[lines .* go on with offset (\d+)\]$/.exec(text);
      whole += note === null ? text : text.slice(0, note.index);
      offset = Number(note?.[1] ?? 0);
    }
    expect(whole).toBe(lines.join(""));
  });

  it("cuts a line that is too long between two characters", async () => {
    await tree.put("a", `${"😀".repeat(20_000)}\nnext`);
    expect((await read({ path: "a" })).text).toMatch(
      /^(😀){1000}\[… 38001 more characters; read this line alone with limit 1\]\nnext$/u,
    );
    const { text } = await read({ path: "a", limit: 1 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
    expect(text).toMatch(/^(😀){8000,}\n\[line 1 is 40001 characters long and cut off here\]$/u);
  });

  it("names binary, empty and oversized files as such", async () => {
    await tree.put("bin", new Uint8Array([1, 0, 2]));
    await tree.put("latin", new Uint8Array([0xe9, 0x20]));
    await tree.put("empty", "");
    await tree.put("big", new Uint8Array(4 * 1024 * 1024 + 1));
    expect((await read({ path: "bin" })).text).toBe(
      "[bin is a binary file, 3 bytes; it cannot be shown as text]",
    );
    expect((await read({ path: "latin" })).text).toBe(
      "[latin is a binary file, 2 bytes; it cannot be shown as text]",
    );
    expect((await read({ path: "empty" })).text).toBe("[empty is empty]");
    expect(await read({ path: "big" })).toMatchObject({ isError: true });
  });

  it("reads linked dependencies", async () => {
    const { mkdir, writeFile } = await import("node:fs/promises");
    await mkdir(join(tree.outside, "node_modules/x"), { recursive: true });
    await writeFile(join(tree.outside, "node_modules/x/index.js"), "dep");
    await symlink(join(tree.outside, "node_modules"), join(tree.folder, "node_modules"));
    expect((await read({ path: "node_modules/x/index.js" })).text).toBe("dep");
  });

  it.each(["missing", "src", "", "a\0b"])("says why %j cannot be read", async (path) => {
    await tree.put("src/a.ts", "x");
    expect(await read({ path })).toMatchObject({ isError: true });
  });
});

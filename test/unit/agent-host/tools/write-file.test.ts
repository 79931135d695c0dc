import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deleteFileTool } from "../../../../agent-host/tools/delete-file.ts";
import type { PreparedCall, ToolOutput } from "../../../../agent-host/tools/tool.ts";
import { temporaryName } from "../../../../agent-host/tools/tree-file.ts";
import { writeFileTool } from "../../../../agent-host/tools/write-file.ts";
import { makeTaskTree, prepareTool, type TaskTree, useTool } from "../../../support/task-tree.ts";

const signal = new AbortController().signal;
const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
});
afterEach(() => tree.remove());

async function prepared(input: object): Promise<PreparedCall> {
  const call = await prepareTool(writeFileTool(), input, tree.context);
  if ("text" in call) throw new Error(call.text);
  return call;
}

describe("write_file", () => {
  it("tells exactly what it will do before it does it", async () => {
    const call = await prepared({ path: "src/new.ts", content: "é" });
    expect(call).toMatchObject({
      access: { kind: "write", files: [{ path: "src/new.ts", verb: "create" }] },
      hasEffect: true,
      facts: ["create: src/new.ts", `to: 2 bytes, SHA-256 ${sha("é")}`],
      check: { kind: "files", files: [{ path: "src/new.ts", before: null, after: sha("é") }] },
    });
    expect(await readdir(tree.folder)).toEqual([]);
    expect(await call.perform(signal)).toEqual({ text: "Created src/new.ts (2 bytes)", isError: false });
    expect(await tree.read("src/new.ts")).toBe("é");
    expect(call.recovered()).toEqual({ text: "Created src/new.ts (2 bytes)", isError: false });
  });

  it("replaces a file as a whole and leaves nothing else behind", async () => {
    await tree.put("a", "old");
    const call = await prepared({ path: "a", content: "new" });
    expect(call.check).toEqual({
      kind: "files",
      files: [{ path: "a", before: sha("old"), after: sha("new") }],
    });
    await call.perform(signal);
    expect(await readdir(tree.folder)).toEqual(["a"]);
    expect(await tree.read("a")).toBe("new");
  });

  it("removes what an earlier try left behind when its host was killed", async () => {
    await tree.put(`src/${temporaryName("a")}`, "half of it");
    const call = await prepared({ path: "src/a", content: "x" });
    expect(await call.perform(signal)).toMatchObject({ isError: false });
    expect(await readdir(join(tree.folder, "src"))).toEqual(["a"]);
  });

  it("does not touch a file that changed since it was looked at", async () => {
    await tree.put("a", "old");
    const calls = [
      await prepared({ path: "a", content: "new" }),
      await prepared({ path: "b", content: "new" }),
    ];
    await tree.put("a", "theirs");
    await tree.put("b", "theirs");
    for (const call of calls) expect(await call.perform(signal)).toMatchObject({ isError: true });
    expect([await tree.read("a"), await tree.read("b")]).toEqual(["theirs", "theirs"]);
    expect(await readdir(tree.folder)).toEqual(["a", "b"]);
  });

  it("shows control and invisible characters of a path", async () => {
    const call = await prepared({ path: "a\u202Eb\n\\", content: "" });
    expect(call.facts[0]).toBe("create: a\\u202eb\\u000a\\\\");
  });

  it("writes nothing where the task only reads, to folders, below files, or what is too large", async () => {
    await tree.put("src/a", "x");
    const use = (input: object): Promise<ToolOutput> => useTool(writeFileTool(), input, tree.context);
    expect(await use({ path: "src", content: "" })).toMatchObject({ isError: true });
    expect(await use({ path: ".", content: "" })).toMatchObject({ isError: true });
    expect(await use({ path: "src/a/b", content: "" })).toMatchObject({ isError: true });
    expect(await use({ path: "b", content: "x".repeat(4 * 1024 * 1024 + 1) })).toMatchObject({
      isError: true,
    });
    const context = { ...tree.context, isWritable: false };
    expect(await useTool(writeFileTool(), { path: "b", content: "" }, context)).toMatchObject({
      isError: true,
    });
    expect((await readdir(tree.folder, { recursive: true })).sort()).toEqual(["src", join("src", "a")]);
  });
});

describe("delete_file", () => {
  it("deletes one file, after it told so", async () => {
    await tree.put("a", "old");
    const call = await prepareTool(deleteFileTool(), { path: "a" }, tree.context);
    expect(call).toMatchObject({
      access: { kind: "write", files: [{ path: "a", verb: "delete" }] },
      check: { kind: "files", files: [{ before: sha("old"), after: null }] },
    });
    expect("perform" in call && (await call.perform(signal))).toEqual({ text: "Deleted a", isError: false });
    expect(await readdir(tree.folder)).toEqual([]);
    expect("perform" in call && (await call.perform(signal))).toMatchObject({ isError: true });
  });

  it("deletes no folders and nothing that is not there", async () => {
    await tree.put("src/a", "x");
    for (const path of ["src", ".", "nothing"]) {
      expect(await useTool(deleteFileTool(), { path }, tree.context)).toMatchObject({ isError: true });
    }
  });
});

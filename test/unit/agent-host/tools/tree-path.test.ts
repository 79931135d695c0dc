import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdFolder } from "../../../../agent-host/tools/held-folder.ts";
import { readFileTool } from "../../../../agent-host/tools/read-file.ts";
import { changeTreeFile, readTreeFile } from "../../../../agent-host/tools/tree-file.ts";
import { locate, segmentsBelow } from "../../../../agent-host/tools/tree-path.ts";
import { writeFileTool } from "../../../../agent-host/tools/write-file.ts";
import { makeTaskTree, type TaskTree, useTool } from "../../../support/task-tree.ts";

let tree: TaskTree;
beforeEach(async () => {
  tree = await makeTaskTree();
  await tree.put("src/a.ts", "mine");
  await writeFile(join(tree.outside, "secret"), "secret");
});
afterEach(() => tree.remove());

const read = (path: string) => useTool(readFileTool(), { path }, tree.context);
const write = (path: string) => useTool(writeFileTool(), { path, content: "evil" }, tree.context);

async function untouched(): Promise<void> {
  expect(await readdir(tree.outside)).toEqual(["secret"]);
  expect(await readFile(join(tree.outside, "secret"), "utf8")).toBe("secret");
}

describe("a path", () => {
  it("that leads out of the tree is neither read nor written", async () => {
    const { folder, outside } = tree;
    await symlink(outside, join(folder, "link"));
    await symlink(join(outside, "secret"), join(folder, "file-link"));
    await symlink(join(outside, "new"), join(folder, "dangling"));
    await symlink("..", join(folder, "src/up"));
    await symlink(`${folder}2`, join(folder, "prefix"));
    await mkdir(`${folder}2`);
    await writeFile(join(`${folder}2`, "secret"), "secret");
    const paths = [
      "../outside/secret",
      "src/../../outside/secret",
      join(outside, "secret"),
      "/etc/passwd",
      "link/secret",
      "file-link",
      "dangling",
      "link/deep/new",
      "src/up/link/secret",
      "prefix/secret",
      `${folder}2/secret`,
      "..",
      "../",
    ];
    for (const path of paths) {
      expect(await read(path), path).toMatchObject({ isError: true });
      expect(await write(path), path).toMatchObject({ isError: true });
    }
    await untouched();
    expect(await readFile(join(`${folder}2`, "secret"), "utf8")).toBe("secret");
  });

  it("of any form leads into the tree or nowhere", async () => {
    const { folder, outside } = tree;
    await symlink(outside, join(folder, "out"));
    await symlink("..", join(folder, "src/up"));
    await symlink("../src", join(folder, "src/round"));
    const names = [
      "src",
      "out",
      "up",
      "round",
      "a.ts",
      "secret",
      "..",
      ".",
      "",
      "new",
      "outside",
      "tree",
      "node_modules",
    ];
    const paths = fc.array(fc.constantFrom(...names), { maxLength: 8 }).map((parts) => parts.join("/"));
    const anyPath = fc.oneof(
      paths,
      paths.map((path) => `${folder}/${path}`),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(anyPath, async (path) => {
        const located = await locate(folder, path);
        if (located.kind === "refused") return;
        const { base, segments, path: shown } = located.place;
        expect(base).toBe(folder);
        expect(segments.filter((name) => name === ".." || name === "." || name === "")).toEqual([]);
        expect(shown).toBe(segments.length === 0 ? "." : segments.join("/"));
        const real = await realpath(join(base, ...segments)).catch(() => folder);
        expect(segmentsBelow(folder, real)).not.toBeNull();
      }),
      { numRuns: 400 },
    );
  });

  it("over a link within the tree is judged by where it leads", async () => {
    await symlink("src", join(tree.folder, "alias"));
    expect(await locate(tree.folder, "alias/a.ts")).toMatchObject({ place: { path: "src/a.ts" } });
    expect(await locate(tree.folder, "alias/new/b.ts")).toMatchObject({ place: { path: "src/new/b.ts" } });
    expect((await write("alias/a.ts")).isError).toBe(false);
    expect(await tree.read("src/a.ts")).toBe("evil");
  });

  it("into a linked dependency folder is read, never written, and must not lead on", async () => {
    const { folder, outside } = tree;
    const modules = join(outside, "node_modules");
    await mkdir(modules);
    await writeFile(join(modules, "x.js"), "dep");
    await symlink("../secret", join(modules, "out"));
    await symlink(modules, join(folder, "node_modules"));
    expect(await read("node_modules/x.js")).toEqual({ text: "dep", isError: false });
    expect(await locate(folder, "node_modules/x.js")).toMatchObject({
      place: { path: "node_modules/x.js", isLinked: true },
    });
    for (const path of ["node_modules/x.js", "node_modules/new.js", "node_modules"]) {
      expect(await write(path), path).toMatchObject({ isError: true });
    }
    expect(await read("node_modules/out")).toMatchObject({ isError: true });
    expect(await read("node_modules/../outside/secret")).toMatchObject({ isError: true });
    expect(await readdir(modules)).toEqual(["out", "x.js"]);
  });

  it("named like a dependency folder does not lead to a folder of another name", async () => {
    await symlink(tree.outside, join(tree.folder, "node_modules"));
    expect(await read("node_modules/secret")).toMatchObject({ isError: true });
  });

  it.skipIf(process.platform === "win32")("to a pipe is refused without waiting", async () => {
    await promisify(execFile)("mkfifo", [join(tree.folder, "pipe")]);
    expect(await read("pipe")).toMatchObject({ text: "pipe is not a regular file", isError: true });
    expect(await write("pipe")).toMatchObject({ isError: true });
  });

  it("below a link that appeared since is refused", async () => {
    const located = await locate(tree.folder, "src/deep/new.ts");
    if (located.kind === "refused") throw new Error(located.reason);
    await rm(join(tree.folder, "src"), { recursive: true });
    await symlink(tree.outside, join(tree.folder, "src"));
    const change = { before: null, bytes: Buffer.from("evil"), mode: 0o644 };
    expect(await changeTreeFile(located.place, change)).toMatchObject({ kind: "fault" });
    expect((await readTreeFile(located.place)).kind).not.toBe("file");
    await mkdir(join(tree.outside, "deep"));
    await writeFile(join(tree.outside, "deep/new.ts"), "secret");
    expect(await readTreeFile(located.place)).toMatchObject({ kind: "fault" });
    expect(await changeTreeFile(located.place, change)).toMatchObject({ kind: "fault" });
    expect(await readFile(join(tree.outside, "deep/new.ts"), "utf8")).toBe("secret");
    await rm(join(tree.outside, "deep"), { recursive: true });
    await untouched();
  });
});

describe.skipIf(process.platform !== "linux")("a folder that is held", () => {
  it("stays the same folder when another takes its name", async () => {
    const held = await holdFolder(tree.folder, ["src"], { make: false });
    await rename(join(tree.folder, "src"), join(tree.folder, "aside"));
    await symlink(tree.outside, join(tree.folder, "src"));
    await writeFile(held.pathOf("b.ts"), "mine");
    await held.close();
    expect(await tree.read("aside/b.ts")).toBe("mine");
    await untouched();
  });

  it("is never reached over a link", async () => {
    await symlink(tree.outside, join(tree.folder, "link"));
    for (const make of [true, false]) {
      const refused = { code: expect.stringMatching(/ENOTDIR|ELOOP/) };
      await expect(holdFolder(tree.folder, ["link"], { make })).rejects.toMatchObject(refused);
      await mkdir(join(tree.outside, "there"), { recursive: true });
      await expect(holdFolder(tree.folder, ["link", "there"], { make })).rejects.toMatchObject(refused);
      await expect(holdFolder(tree.folder, ["link", "there", "new"], { make })).rejects.toThrow();
      expect(await readdir(join(tree.outside, "there"))).toEqual([]);
      await rm(join(tree.outside, "there"), { recursive: true });
    }
    await untouched();
  });
});

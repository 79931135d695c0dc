import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Guards } from "../../../../../agent-host/security/bubblewrap/guards.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-guards-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("Guards", () => {
  it("guards what is there and takes the place of what is not", async () => {
    const tree = await temporaryFolder();
    await mkdir(join(tree, ".git"));
    await writeFile(join(tree, ".mcp.json"), "{}");
    const guards = new Guards();
    const taken = guards.take(tree, [".git", ".mcp.json", ".vscode", ".github/workflows", ".github"]);
    expect(taken).toEqual([
      { path: join(tree, ".git"), kind: "present" },
      { path: join(tree, ".mcp.json"), kind: "present" },
      { path: join(tree, ".vscode"), kind: "made" },
      { path: join(tree, ".github"), kind: "made" },
    ]);
    guards.release(taken);
    expect((await readdir(tree)).sort()).toEqual([".git", ".mcp.json"]);
  });

  it("keeps a place as long as one command needs it, in whatever order they end", async () => {
    const tree = await temporaryFolder();
    const guards = new Guards();
    const [first, second, third] = [1, 2, 3].map(() => guards.take(tree, [".vscode"]));
    guards.release(first ?? []);
    guards.release(third ?? []);
    expect(await readdir(tree)).toEqual([".vscode"]);
    guards.release(second ?? []);
    expect(await readdir(tree)).toEqual([]);
  });

  it("removes nothing that has come to hold something", async () => {
    const tree = await temporaryFolder();
    const guards = new Guards();
    const taken = guards.take(tree, [".vscode"]);
    await writeFile(join(tree, ".vscode", "x"), "");
    guards.release(taken);
    expect(await readdir(tree)).toEqual([".vscode"]);
  });

  it("leaves a link as it is", async () => {
    const tree = await temporaryFolder();
    await symlink("/etc", join(tree, ".vscode"));
    expect(new Guards().take(tree, [".vscode", ".vscode/x"])).toEqual([]);
  });
});

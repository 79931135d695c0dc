import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isFullDisk, makePrivateFolder, writeFileDurably } from "../../../../agent-host/core/durable-file.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-durable-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function mode(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

test("missing folders are made private whatever the umask is", async () => {
  const root = await temporaryFolder();
  const before = process.umask(0o777);
  onTestFinished(() => {
    process.umask(before);
  });
  process.umask(0);
  await makePrivateFolder(join(root, "a", "b"));
  expect(await mode(join(root, "a"))).toBe(0o700);
  expect(await mode(join(root, "a", "b"))).toBe(0o700);
});

test("a folder that others could read is narrowed, those above it are left alone", async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, "open", "state"), { recursive: true });
  await chmod(join(root, "open"), 0o755);
  await chmod(join(root, "open", "state"), 0o755);
  await makePrivateFolder(join(root, "open", "state"));
  expect(await mode(join(root, "open"))).toBe(0o755);
  expect(await mode(join(root, "open", "state"))).toBe(0o700);
});

test("a file is replaced as a whole, privately, and no temporary file is left", async () => {
  const root = await temporaryFolder();
  const path = join(root, "host.json");
  await writeFile(path, "old", { mode: 0o644 });
  await writeFileDurably(path, "new");
  expect(await readFile(path, "utf8")).toBe("new");
  expect(await mode(path)).toBe(0o600);
  expect(await readdir(root)).toEqual(["host.json"]);
});

test("a file that cannot be replaced stays as it was, and no temporary file is left", async () => {
  const root = await temporaryFolder();
  const path = join(root, "taken");
  await mkdir(join(path, "full"), { recursive: true });
  await expect(writeFileDurably(path, "new")).rejects.toThrow();
  expect(await readdir(root)).toEqual(["taken"]);
});

test("a full disk and a full quota are told from other errors", () => {
  const error = (code: string): Error => Object.assign(new Error(code), { code });
  expect(["ENOSPC", "EDQUOT", "EIO"].map((code) => isFullDisk(error(code)))).toEqual([true, true, false]);
});

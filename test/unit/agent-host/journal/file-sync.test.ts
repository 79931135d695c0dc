import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileSync } from "../../../../agent-host/journal/file-sync.ts";
import { temporaryFolder } from "./journal-fixture.ts";

async function folderWith(count: number): Promise<{ folder: string; files: number[] }> {
  const folder = join(await temporaryFolder(), "blobs");
  mkdirSync(folder);
  const files = Array.from({ length: count }, (_, index) => {
    const file = openSync(join(folder, `${index}`), "wx");
    writeSync(file, `content ${index}`);
    return file;
  });
  return { folder, files };
}

test("all files of a group become durable, also those that come while it is under way", async () => {
  const { folder, files } = await folderWith(40);
  const sync = new FileSync();
  const ended: number[] = [];
  const all = files.map(async (file, index) => {
    if (index >= 20) await new Promise((resolve) => setImmediate(resolve));
    await sync.add(file, folder);
    ended.push(index);
  });
  await Promise.all(all);
  expect(ended.toSorted((a, b) => a - b)).toEqual(files.map((_, index) => index));
  for (const file of files) closeSync(file);
});

test("what cannot be made durable is told to whoever asked, and to nobody else", async () => {
  const { folder, files } = await folderWith(2);
  const sync = new FileSync();
  const [first, second] = files as [number, number];
  const outcomes = await Promise.allSettled([
    sync.add(first, folder),
    sync.add(second, join(folder, "gone")),
    sync.add(999_999, folder),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  await sync.add(first, folder);
  for (const file of files) closeSync(file);
});

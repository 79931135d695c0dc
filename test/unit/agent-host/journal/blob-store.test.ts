import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createBlobStore, maxBlobBytes } from "../../../../agent-host/journal/blob-store.ts";
import { never, temporaryFolder } from "./journal-fixture.ts";

const runId = "r-mbx3k2f1-7f3a9c";

test("a blob is named after the SHA-256 of its file, which starts with 16 random bytes", async () => {
  const directory = await temporaryFolder();
  const blobs = createBlobStore({ directory });
  const ref = await blobs.put(runId, "the goal", never);
  expect(ref.size).toBe(8);
  const path = join(directory, "runs", runId, "blobs", ref.blob);
  const file = await readFile(path);
  expect(createHash("sha256").update(file).digest("hex")).toBe(ref.blob);
  expect(file.subarray(16).toString()).toBe("the goal");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(directory, "runs"))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(directory, "runs", runId, "blobs"))).toEqual([ref.blob]);
});

test("equal texts have different names", async () => {
  const blobs = createBlobStore({ directory: await temporaryFolder() });
  const [first, second] = [await blobs.put(runId, "same", never), await blobs.put(runId, "same", never)];
  expect(first.blob).not.toBe(second.blob);
});

test("what is put comes back, text or bytes", async () => {
  const blobs = createBlobStore({ directory: await temporaryFolder() });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 2_000 }), fc.string({ unit: "binary" })),
      async (content) => {
        const { blob, size } = await blobs.put(runId, content, never);
        const back = await blobs.get(runId, blob, never);
        expect(back).toEqual(Buffer.from(content));
        expect(size).toBe(back.length);
      },
    ),
    { numRuns: 30 },
  );
});

test("a blob that was changed or cut on disk is not given out", async () => {
  const directory = await temporaryFolder();
  const { blob } = await createBlobStore({ directory }).put(runId, "the goal", never);
  const path = join(directory, "runs", runId, "blobs", blob);
  // A later host: the one that wrote it still knows what it wrote.
  const blobs = createBlobStore({ directory });
  const file = await readFile(path);
  await writeFile(path, Buffer.from(file).fill(0x21, 20, 21));
  await expect(blobs.get(runId, blob, never)).rejects.toMatchObject({ code: "blob.damaged" });
  await writeFile(path, "");
  await expect(blobs.get(runId, blob, never)).rejects.toMatchObject({ code: "blob.damaged" });
});

test("a blob over 16 MiB is refused, one of exactly that size is not", async () => {
  const blobs = createBlobStore({ directory: await temporaryFolder() });
  expect((await blobs.put(runId, Buffer.alloc(maxBlobBytes), never)).size).toBe(maxBlobBytes);
  const tooLarge = blobs.put(runId, Buffer.alloc(maxBlobBytes + 1), never);
  await expect(tooLarge).rejects.toMatchObject({ code: "blob.tooLarge" });
});

test("no run id and no blob name leads out of the run's folder", async () => {
  const directory = await temporaryFolder();
  const blobs = createBlobStore({ directory: join(directory, "state") });
  const name = "a".repeat(64);
  for (const bad of ["..", "r-/../x", "../r-1", "r-1/../../x", "", "r-", "R-1", "r-1\0", "r-1/", "CON"]) {
    await expect(blobs.put(bad, "x", never)).rejects.toMatchObject({ code: "blob.badName" });
    await expect(blobs.get(bad, name, never)).rejects.toMatchObject({ code: "blob.badName" });
    await expect(blobs.deleteRun(bad, never)).rejects.toMatchObject({ code: "blob.badName" });
  }
  for (const bad of ["../../../workspace.json", "", name.toUpperCase(), `${name}/`, `${name.slice(1)}.`]) {
    await expect(blobs.get(runId, bad, never)).rejects.toMatchObject({ code: "blob.badName" });
  }
  expect(await readdir(directory)).toEqual([]);
});

test("deleting a run removes its folder and nothing else; its blobs are missing then", async () => {
  const directory = await temporaryFolder();
  const blobs = createBlobStore({ directory });
  const gone = await blobs.put(runId, "gone", never);
  const kept = await blobs.put("r-other", "kept", never);
  await mkdir(join(directory, "runs", runId, "tree", "src"), { recursive: true });
  await blobs.deleteRun(runId, never);
  await blobs.deleteRun(runId, never);
  await expect(access(join(directory, "runs", runId))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(blobs.get(runId, gone.blob, never)).rejects.toMatchObject({ code: "blob.missing" });
  expect((await blobs.get("r-other", kept.blob, never)).toString()).toBe("kept");
});

test("deleting a run of a workspace that never had one does nothing", async () => {
  const directory = await temporaryFolder();
  await createBlobStore({ directory }).deleteRun(runId, never);
  expect(await readdir(directory)).toEqual([]);
});

test("nothing is written once the signal has aborted", async () => {
  const directory = await temporaryFolder();
  const blobs = createBlobStore({ directory });
  const reason = new Error("enough");
  await expect(blobs.put(runId, "x", AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(await readdir(directory)).toEqual([]);
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { acquireStartLock } from "../../../../agent-host/host/start-lock.ts";

let folder = "";
let file = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-lock-"));
  file = join(folder, "lock");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("acquireStartLock", () => {
  it("is taken once and free again after release", async () => {
    const first = await acquireStartLock(file);
    expect("lock" in first).toBe(true);
    expect(await acquireStartLock(file)).toEqual({ holder: { pid: process.pid } });
    if ("lock" in first) await first.lock.release();
    const second = await acquireStartLock(file);
    expect("lock" in second).toBe(true);
    if ("lock" in second) await second.lock.release();
  });

  it("is given to exactly one of many who want it at once", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => acquireStartLock(file)));
    const taken = all.flatMap((each) => ("lock" in each ? [each.lock] : []));
    expect(taken).toHaveLength(1);
    await taken[0]?.release();
  });

  it("takes over the lock of a process that is gone", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const first = await acquireStartLock(file);
    if (!("lock" in first)) throw new Error("not taken");
    const content = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...content, pid: child.pid }));
    const second = await acquireStartLock(file);
    expect("lock" in second).toBe(true);
    // The first holder no longer owns the file and must leave it alone.
    await first.lock.release();
    expect(await acquireStartLock(file)).toEqual({ holder: { pid: process.pid } });
    if ("lock" in second) await second.lock.release();
  });

  it.runIf(process.platform === "linux")(
    "takes over from a killed process whose parent has not asked for its end",
    async () => {
      // The child ends only when its parent has become a program that asks for no child's end.
      const child = 'until read name < /proc/$$/comm && [ "$name" = sleep ]; do :; done';
      const parent = spawn("sh", ["-c", `(${child}) & echo $!; exec sleep 60`]);
      try {
        const [line] = await once(parent.stdout, "data");
        const pid = Number(String(line).trim());
        await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z "), 5_000);
        const processStart = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
        const first = await acquireStartLock(file);
        if (!("lock" in first)) throw new Error("not taken");
        const content = JSON.parse(await readFile(file, "utf8"));
        await writeFile(file, JSON.stringify({ ...content, pid, processStart }));
        const second = await acquireStartLock(file);
        expect("lock" in second).toBe(true);
        if ("lock" in second) await second.lock.release();
      } finally {
        parent.kill("SIGKILL");
      }
    },
  );

  it.runIf(process.platform === "linux")(
    "takes over when the process number belongs to a stranger",
    async () => {
      const first = await acquireStartLock(file);
      if (!("lock" in first)) throw new Error("not taken");
      const content = JSON.parse(await readFile(file, "utf8"));
      await writeFile(file, JSON.stringify({ ...content, processStart: "1" }));
      const second = await acquireStartLock(file);
      expect("lock" in second).toBe(true);
      if ("lock" in second) await second.lock.release();
    },
  );

  it("takes over a lock file that makes no sense", async () => {
    await writeFile(file, "garbage");
    const taken = await acquireStartLock(file);
    expect("lock" in taken).toBe(true);
    if ("lock" in taken) await taken.lock.release();
  });

  it.runIf(process.platform === "linux")("leaves the fresh lock of another process space alone", async () => {
    await writeFile(file, JSON.stringify({ pid: 1, nonce: "n", processStart: "1", pidSpace: "elsewhere" }));
    expect(await acquireStartLock(file)).toEqual({ holder: { pid: 1 } });
  });
});

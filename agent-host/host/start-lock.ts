import { randomBytes } from "node:crypto";
import { link, readFile, readlink, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { readSmallFile } from "../core/small-file.ts";
import type { LockContent } from "./lock-content.ts";

/**
 * The right to be the host of a workspace. Advisory: it keeps two hosts from starting by accident. What keeps
 * the journal whole even if two hosts ran is the journal's own fence.
 */
export interface StartLock {
  release(): Promise<void>;
}

/** Who holds the lock, as far as the file tells. */
export interface LockHolder {
  readonly pid: number;
}

/** The holder renews the file this often. */
const renewMs = 5_000;
/** A lock of an unknown process space that was not renewed for this long is stale. */
const staleAfterMs = 30_000;
const maxAttempts = 5;
const maxLockBytes = 4_096;

/**
 * Takes the lock, or names who holds it. Never ends the holder; a lock whose process is gone is taken over.
 *
 * @throws HostError `lock.damaged` when the lock file cannot be made sense of or taken over.
 */
export async function acquireStartLock(file: string): Promise<{ lock: StartLock } | { holder: LockHolder }> {
  const own: LockContent = {
    pid: process.pid,
    nonce: randomBytes(16).toString("hex"),
    processStart: await processStartOf(process.pid),
    pidSpace: await pidSpaceOfThisProcess(),
  };
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if (await createExclusively(file, own)) return { lock: heldLock(file, own) };
    const current = await readLock(file);
    if (current === "missing") continue;
    if (current !== "garbled" && (await isAlive(file, current))) return { holder: { pid: current.pid } };
    await moveAside(file, current);
  }
  throw new HostError("lock.damaged", `The lock ${file} changes hands too often`, {
    hint: "Try again; if it stays so, delete the file while no host of this workspace runs",
  });
}

async function createExclusively(file: string, content: LockContent): Promise<boolean> {
  const temporary = `${file}.${content.nonce}`;
  await writeFile(temporary, JSON.stringify(content), { mode: 0o600, flag: "wx" });
  try {
    // A link appears with its whole content or not at all, unlike a file that is created and then written.
    await link(temporary, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readLock(file: string): Promise<LockContent | "missing" | "garbled"> {
  try {
    const text = await readSmallFile(file, maxLockBytes);
    if (text === null) return "garbled";
    // Loaded only where a lock is found: a host listens sooner without it.
    const { lockSchema } = await import("./lock-content.ts");
    const parsed = lockSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : "garbled";
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "missing";
    if (error instanceof SyntaxError) return "garbled";
    throw error;
  }
}

async function isAlive(file: string, holder: LockContent): Promise<boolean> {
  if (holder.pidSpace !== (await pidSpaceOfThisProcess())) {
    const status = await stat(file).catch(() => null);
    return status !== null && Date.now() - status.mtimeMs < staleAfterMs;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    if (systemErrorCode(error) !== "EPERM") return false;
  }
  return holder.processStart === (await processStartOf(holder.pid));
}

/** Removes a stale lock; if another process was faster and this moved its fresh lock, that one is put back. */
async function moveAside(file: string, expected: LockContent | "garbled"): Promise<void> {
  const aside = `${file}.stale-${randomBytes(6).toString("hex")}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  const moved = await readLock(aside);
  const isExpected =
    moved === "garbled" || moved === "missing" || (expected !== "garbled" && moved.nonce === expected.nonce);
  if (!isExpected) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function heldLock(file: string, own: LockContent): StartLock {
  const renewal = setInterval(() => {
    const now = new Date();
    // A lock file that was deleted by hand is no reason to fail: the journal's fence decides.
    utimes(file, now, now).catch(() => undefined);
  }, renewMs);
  renewal.unref();
  return {
    async release() {
      clearInterval(renewal);
      const current = await readLock(file);
      if (typeof current === "object" && current.nonce === own.nonce) await rm(file, { force: true });
    },
  };
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); null where there is no such file, and for a process that has ended. */
async function processStartOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // A killed host stays in the table until its parent asks for its end; in a container that may be never.
    const hasEnded = fields[0] === "Z" || fields[0] === "X";
    return hasEnded ? null : (fields[19] ?? null);
  } catch {
    // Not Linux, or the process has just ended.
    return null;
  }
}

async function pidSpaceOfThisProcess(): Promise<string | null> {
  try {
    const [boot, namespace] = await Promise.all([
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      readlink("/proc/self/ns/pid"),
    ]);
    return `${boot.trim()} ${namespace}`;
  } catch {
    // Not Linux: one process space per machine is assumed.
    return null;
  }
}

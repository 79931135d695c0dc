import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, rename, symlink, unlink } from "node:fs/promises";
import { posix } from "node:path";
import { HostError, isHostError, systemErrorCode } from "../core/host-error.ts";
import { BlobReader } from "./blob-reader.ts";
import { PlannedFolders } from "./empty-folders.ts";
import { type FolderHandle, openParent } from "./folder-handle.ts";
import { isAfter, isBefore } from "./plan-apply.ts";
import { isPlainPath, parentsOf, rawPathOf } from "./raw-path.ts";
import type { ApplyPlan, ApplyStep } from "./run-trees.ts";
import type { ShadowRepository } from "./shadow-repository.ts";
import { isUntouched, lookAtFile, type WorkspaceFile } from "./workspace-file.ts";

/**
 * Carries a plan out, one step after the other; each is done as a whole or not at all. All of them are durable when
 * this resolves: what a power failure takes before that, applying the plan again does anew.
 */
export async function applyPlan(
  { shadow, root }: { shadow: ShadowRepository; root: string },
  plan: ApplyPlan,
  signal: AbortSignal,
): Promise<void> {
  const blobs = new BlobReader(shadow, signal);
  const work: Work = {
    root,
    blobs,
    folders: new PlannedFolders(root, plan),
    written: new Set(plan.steps.flatMap(({ path, after }) => (after === null ? [] : [path]))),
    permissions: new Map(Object.entries(plan.restores?.files ?? {})),
  };
  try {
    for (const step of plan.steps) {
      signal.throwIfAborted();
      if (!isPlainPath(rawPathOf(step.path)))
        throw conflict(step.path, "has a name that is reserved for git");
      if (step.after === null) await remove(work, step);
      else await write(work, step);
    }
    await work.folders.bringBack();
    await work.folders.sync();
  } finally {
    await blobs.close();
  }
}

interface Work {
  readonly root: string;
  readonly blobs: BlobReader;
  readonly folders: PlannedFolders;
  /** Paths that the plan puts a file to. */
  readonly written: ReadonlySet<string>;
  /** Permission bits to restore. */
  readonly permissions: ReadonlyMap<string, number>;
}

async function remove({ root, written, folders }: Work, step: ApplyStep): Promise<void> {
  const folder = await openParent(root, step.path, { isMade: false }).catch((error: unknown) => {
    // Applied before: the file that takes the folder's place stands there already, or its own step says why not.
    if (isHostError(error) && parentsOf(step.path).some((parent) => written.has(parent))) return null;
    throw error;
  });
  if (folder === null) return await folders.removeEmptied(step.path);
  try {
    const name = posix.basename(step.path);
    const file = await lookAtFile(folder, name);
    if (!isAfter(file, step)) {
      if (!isBefore(file, step)) throw conflict(step.path, whyNot(file));
      await unlink(await folder.locate(name));
      folders.noteChange(step.path);
    }
  } finally {
    await folder.close();
  }
  await folders.removeEmptied(step.path);
}

interface Place {
  readonly folder: FolderHandle;
  readonly name: string;
  readonly work: Work;
  readonly step: ApplyStep;
}

async function write(work: Work, step: ApplyStep): Promise<void> {
  const folder = await work.folders.openFor(step.path);
  if (folder === null) throw conflict(step.path, "has no folder to stand in");
  try {
    const place: Place = { folder, name: posix.basename(step.path), work, step };
    const temporary = temporaryName(step);
    await unlinkIfThere(folder, temporary);
    const file = await lookInstead(place);
    if (isAfter(file, step)) return;
    if (!isBefore(file, step)) throw conflict(step.path, whyNot(file));
    try {
      await writeTemporary(place, temporary, file);
      await putInPlace(place, temporary, file);
    } finally {
      await unlinkIfThere(folder, temporary);
    }
    work.folders.noteChange(step.path);
  } finally {
    await folder.close();
  }
}

/** What stands there, once empty folders made room. */
async function lookInstead({ folder, name, step, work }: Place): Promise<WorkspaceFile> {
  const file = await lookAtFile(folder, name);
  if (file.kind !== "folder" || step.before !== null) return file;
  await work.folders.removeEmpty(folder, name);
  return await lookAtFile(folder, name);
}

/** The same for the same step, so that applying again after a crash finds and removes it. */
function temporaryName({ path, after }: ApplyStep): string {
  const digest = createHash("sha256").update(`${path}\0${after}`).digest("hex");
  return `.agent-team-${digest.slice(0, 16)}.tmp`;
}

async function unlinkIfThere(folder: FolderHandle, name: string): Promise<void> {
  try {
    await unlink(await folder.locate(name));
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
}

async function writeTemporary(place: Place, temporary: string, old: WorkspaceFile): Promise<void> {
  const { folder, step } = place;
  const path = await folder.locate(temporary);
  if (step.mode === "120000") {
    const target: Buffer[] = [];
    await readContent(place, (part) => void target.push(part));
    return await symlink(Buffer.concat(target), path);
  }
  const file = await open(path, newFileFlags, step.mode === "100755" ? 0o777 : 0o666);
  try {
    await readContent(place, async (part) => void (await file.writeFile(part)));
    await setAccess(file, old, place);
    await file.sync();
  } finally {
    await file.close();
  }
}

const newFileFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

async function readContent(
  { work: { blobs }, step }: Place,
  sink: (part: Buffer) => Promise<void> | void,
): Promise<void> {
  const hash = createHash("sha256");
  await blobs.read(step.content ?? "", async (part) => {
    hash.update(part);
    await sink(part);
  });
  if (hash.digest("hex") === step.after) return;
  throw new HostError("apply.damaged", `the content for ${step.path} is not what was approved`, {
    hint: "cancel the run; its folder in the state folder was changed from outside",
  });
}

/** Who may read and write the file stays as it was, or becomes what it was before the change that is taken back. */
async function setAccess(file: FileHandle, old: WorkspaceFile, { step, work }: Place): Promise<void> {
  const wanted = work.permissions.get(step.path);
  if (old.kind !== "file" || old.mode === "120000") {
    if (wanted !== undefined) await file.chmod(wanted);
    return;
  }
  const { status } = old;
  const isOwn = Number(status.uid) === process.getuid?.() && Number(status.gid) === process.getgid?.();
  // Only the superuser can give a file away; for others it stays theirs.
  if (!isOwn) await file.chown(Number(status.uid), Number(status.gid)).catch(() => undefined);
  const now = Number(status.mode);
  const isAsLeft = wanted !== undefined && (now & readWrite) === (wanted & readWrite);
  // What the person set meanwhile counts more than what was.
  await file.chmod(isAsLeft ? wanted : keptPermissions(now, old.mode, step));
}

const readWrite = 0o666;

/** Git's mode says only whether a file can be executed. A new content never inherits a right to be somebody else. */
function keptPermissions(now: number, mode: string, step: ApplyStep): number {
  if (mode === step.mode) return now & 0o777;
  const kept = now & readWrite;
  return step.mode === "100755" ? kept | ((kept & 0o444) >> 2) : kept;
}

async function putInPlace(
  { folder, name, step }: Place,
  temporary: string,
  old: WorkspaceFile,
): Promise<void> {
  const from = await folder.locate(temporary);
  const to = await folder.locate(name);
  if (old.kind !== "file") return await putNew(from, to, step);
  if (!(await isUntouched(folder, name, old))) throw conflict(step.path, "is being changed");
  await rename(from, to);
}

/** A link fails where a file appeared meanwhile; a rename would replace it. */
async function putNew(from: string, to: string, step: ApplyStep): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST") throw conflict(step.path, "is being made by someone else");
    // Some file systems have no second names.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EMLINK") throw error;
    await rename(from, to);
  }
}

function whyNot(file: WorkspaceFile): string {
  if (file.kind === "absent") return "was deleted since the run began";
  return file.kind === "file" ? "changed since the run began" : `is a ${file.kind}`;
}

function conflict(path: string, reason: string): HostError {
  return new HostError("apply.conflict", `${path} ${reason}`, {
    hint: "put the file back as it was, or cancel the run",
  });
}

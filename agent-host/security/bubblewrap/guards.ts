import { lstat, mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../../core/host-error.ts";

/** A name in the writable folder that a command may not change. */
export interface Guard {
  readonly path: string;
  /** `present`: shown as it is, read-only. `made`: an empty folder, made to keep the name from being taken. */
  readonly kind: "present" | "made";
}

/**
 * Guards of all commands that run now. A name that is missing is taken by an empty folder for as long as a command
 * runs, for a mount needs a place. After a crash it stays: Git does not see it, and the next command uses it.
 */
export class Guards {
  private readonly uses = new Map<string, number>();

  /** Guards for one command. A name that is a link cannot be guarded and is left out. */
  async take(writable: string, names: readonly string[]): Promise<Guard[]> {
    const guards: Guard[] = [];
    for (const name of names) {
      const guard = await this.guardOf(writable, name);
      if (guard !== null && !guards.some(({ path }) => path === guard.path)) guards.push(guard);
    }
    for (const { path } of guards.filter(isMade)) this.uses.set(path, (this.uses.get(path) ?? 0) + 1);
    return guards;
  }

  /** Removes the folders that no other command needs. */
  async release(guards: readonly Guard[]): Promise<void> {
    for (const { path } of guards.filter(isMade)) {
      const left = (this.uses.get(path) ?? 1) - 1;
      if (left > 0) {
        this.uses.set(path, left);
        continue;
      }
      this.uses.delete(path);
      // No longer empty or already gone: then it is not ours.
      await rmdir(path).catch(() => undefined);
    }
  }

  /** The whole path where it exists, else the first part of it that is missing. */
  private async guardOf(writable: string, name: string): Promise<Guard | null> {
    let path = writable;
    for (const part of name.split("/")) {
      path = join(path, part);
      const kind = await kindOf(path);
      if (kind === "other") return null;
      if (kind === "missing") return (await makeFolder(path)) ? { path, kind: "made" } : null;
      if (this.uses.has(path)) return { path, kind: "made" };
      if (kind === "file") break;
    }
    return { path, kind: "present" };
  }
}

function isMade({ kind }: Guard): boolean {
  return kind === "made";
}

async function kindOf(path: string): Promise<"missing" | "folder" | "file" | "other"> {
  try {
    const status = await lstat(path);
    if (status.isDirectory()) return "folder";
    return status.isFile() ? "file" : "other";
  } catch (error) {
    return systemErrorCode(error) === "ENOENT" ? "missing" : "other";
  }
}

async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch {
    // A folder that cannot be written by us cannot be by the command.
    return false;
  }
}

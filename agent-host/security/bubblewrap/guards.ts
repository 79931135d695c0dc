import { lstatSync, mkdirSync, rmdirSync } from "node:fs";
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
 *
 * Invariant: a folder that was made is counted by every command that found it. Hence nothing here waits: between
 * looking and counting another command could end and remove it.
 */
export class Guards {
  private readonly uses = new Map<string, number>();

  /** Guards for one command. A name that is a link cannot be guarded and is left out. */
  take(writable: string, names: readonly string[]): Guard[] {
    const guards: Guard[] = [];
    for (const name of names) {
      const guard = this.guardOf(writable, name);
      if (guard === null || guards.some(({ path }) => path === guard.path)) continue;
      guards.push(guard);
      if (guard.kind === "made") this.uses.set(guard.path, (this.uses.get(guard.path) ?? 0) + 1);
    }
    return guards;
  }

  /** Removes the folders that no other command needs. */
  release(guards: readonly Guard[]): void {
    for (const { path, kind } of guards) {
      if (kind === "present") continue;
      const left = (this.uses.get(path) ?? 1) - 1;
      if (left > 0) {
        this.uses.set(path, left);
      } else {
        this.uses.delete(path);
        removeFolder(path);
      }
    }
  }

  /** The whole path where it exists, else the first part of it that is missing. */
  private guardOf(writable: string, name: string): Guard | null {
    let path = writable;
    for (const part of name.split("/")) {
      path = join(path, part);
      const kind = kindOf(path);
      if (kind === "other") return null;
      if (kind === "missing") return makeFolder(path) ? { path, kind: "made" } : null;
      if (this.uses.has(path)) return { path, kind: "made" };
      if (kind === "file") break;
    }
    return { path, kind: "present" };
  }
}

function kindOf(path: string): "missing" | "folder" | "file" | "other" {
  try {
    const status = lstatSync(path);
    if (status.isDirectory()) return "folder";
    return status.isFile() ? "file" : "other";
  } catch (error) {
    return systemErrorCode(error) === "ENOENT" ? "missing" : "other";
  }
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    // A folder that cannot be written by us cannot be by the command.
    return false;
  }
}

function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // No longer empty or already gone: then it is not ours.
  }
}

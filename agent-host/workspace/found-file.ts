import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { HostError, systemErrorCode } from "../core/host-error.ts";
import { displayOf, locate, parentsOf, type RawPath } from "./raw-path.ts";

export type FileMode = "100644" | "100755" | "120000";

/** What stands at a path: `special` is a pipe, socket or device, `unreadable` nothing that may be looked at. */
export type Found =
  | FoundFile
  | { readonly kind: "absent" }
  | { readonly kind: "folder" }
  | { readonly kind: "special" }
  | { readonly kind: "unreadable" };

export interface FoundFile {
  readonly kind: "file";
  readonly mode: FileMode;
  readonly size: number;
}

/**
 * Looks at files below one folder without following a link, neither the last part of a path nor one before it.
 * Reading is synchronous: for thousands of small files that is several times faster; the caller gives way between.
 */
export class FolderReader {
  readonly root: string;
  readonly #parents = new Map<RawPath, "folder" | "other" | "unreadable">();

  constructor(root: string) {
    this.root = root;
  }

  look(path: RawPath): Found {
    for (const parent of parentsOf(path)) {
      const kind = this.#parentKind(parent);
      if (kind === "other") return { kind: "absent" };
      if (kind === "unreadable") return { kind: "unreadable" };
    }
    try {
      const status = lstatSync(locate(this.root, path));
      if (status.isDirectory()) return { kind: "folder" };
      if (status.isSymbolicLink()) return { kind: "file", mode: "120000", size: status.size };
      if (!status.isFile()) return { kind: "special" };
      return { kind: "file", mode: (status.mode & 0o100) === 0 ? "100644" : "100755", size: status.size };
    } catch (error) {
      return { kind: isMissing(error) ? "absent" : "unreadable" };
    }
  }

  /**
   * What `header` makes of the number of bytes, then the bytes in parts of at most 1 MiB; of a link, its target.
   *
   * @throws HostError `tree.changing` if the file becomes shorter meanwhile; the system's error, before anything is
   * yielded, if it may not be read.
   */
  *content(
    path: RawPath,
    mode: FileMode,
    header: (size: number) => string,
  ): Generator<Uint8Array, void, undefined> {
    if (mode === "120000") {
      const target = readlinkSync(locate(this.root, path), { encoding: "buffer" });
      yield Buffer.from(header(target.length));
      yield target;
      return;
    }
    const file = openSync(locate(this.root, path), readFlags);
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw changing(path);
      yield Buffer.from(header(status.size));
      yield* parts(file, status.size, path);
    } finally {
      closeSync(file);
    }
  }

  /** Git's name of the content (SHA-256 of `blob <length>\0` and the bytes), without asking git. */
  contentName(path: RawPath, mode: FileMode): string {
    const hash = createHash("sha256");
    for (const part of this.content(path, mode, (size) => `blob ${size}\0`)) hash.update(part);
    return hash.digest("hex");
  }

  #parentKind(path: RawPath): "folder" | "other" | "unreadable" {
    const known = this.#parents.get(path);
    if (known !== undefined) return known;
    let kind: "folder" | "other" | "unreadable";
    try {
      kind = lstatSync(locate(this.root, path)).isDirectory() ? "folder" : "other";
    } catch (error) {
      kind = isMissing(error) ? "other" : "unreadable";
    }
    this.#parents.set(path, kind);
    return kind;
  }
}

/** True for the errors of a name that leads nowhere. */
export function isMissing(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Never through a link, and never waiting for the other end of a pipe. Windows has neither flag. */
export const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const partBytes = 1_048_576;

function* parts(file: number, size: number, path: RawPath): Generator<Uint8Array, void, undefined> {
  for (let done = 0; done < size; ) {
    const part = Buffer.allocUnsafe(Math.min(partBytes, size - done));
    const count = readSync(file, part, 0, part.length, null);
    if (count === 0) throw changing(path);
    done += count;
    yield part.subarray(0, count);
  }
}

function changing(path: RawPath): HostError {
  return new HostError("tree.changing", `${displayOf(path)} changed while it was read`, {
    hint: "stop what writes to the workspace and try again",
  });
}

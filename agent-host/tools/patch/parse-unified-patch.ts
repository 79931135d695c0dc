import {
  type FilePatch,
  type Hunk,
  type HunkLine,
  hunkLineOf,
  numbersOf,
  type ParsedPatch,
} from "./file-patch.ts";
import { patchPath } from "./patch-path.ts";

/**
 * Reads a unified diff as diffutils and Git write it. Line counts that are wrong, as models often have them, are passed
 * over; only where they are right do they tell a removed line `-- a/x` from the header of the next file.
 */
export function parseUnifiedPatch(lines: readonly string[]): ParsedPatch {
  const exact = new UnifiedReader(lines, { trustCounts: true }).read();
  return exact.kind === "patch" ? exact : new UnifiedReader(lines, { trustCounts: false }).read();
}

interface Head {
  oldPath: string | null;
  newPath: string | null;
  isNew: boolean;
  isDeleted: boolean;
  isExecutable: boolean;
  isRenamed: boolean;
}

/** Lines that a hunk is still to have by its own numbers. */
interface LinesLeft {
  old: number;
  new: number;
}

class Malformed {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

class UnifiedReader {
  private readonly lines: readonly string[];
  private readonly trustCounts: boolean;
  private at = 0;

  constructor(lines: readonly string[], { trustCounts }: { trustCounts: boolean }) {
    this.lines = lines;
    this.trustCounts = trustCounts;
  }

  read(): ParsedPatch {
    const files: FilePatch[] = [];
    for (;;) {
      const stray = this.seekFile(files.length > 0);
      if (stray !== null) return { kind: "fault", reason: stray };
      if (this.at >= this.lines.length) break;
      const head = this.head();
      if (head instanceof Malformed) return { kind: "fault", reason: head.reason };
      const hunks = this.hunks();
      if (hunks instanceof Malformed) return { kind: "fault", reason: hunks.reason };
      const file = fileOf(head, hunks);
      if (file instanceof Malformed) return { kind: "fault", reason: file.reason };
      files.push(file);
    }
    if (files.length > 0) return { kind: "patch", files };
    const reason = "there is neither `*** Begin Patch` nor `--- a/file` with `+++ b/file` in it";
    return { kind: "fault", reason };
  }

  /** Words before a file (of a mail, of Git) are passed over; what looks like a change must belong to a file. */
  private seekFile(isAfterFile: boolean): string | null {
    for (; this.at < this.lines.length && !this.isFileAt(this.at); this.at += 1) {
      const line = this.line(this.at);
      // The signature that Git puts under a mail.
      if (line === "-- ") this.at += 1;
      else if (isAfterFile && /^(?:[ +-]\S|@@)/.test(line)) {
        return `line ${this.at + 1} belongs to no hunk: ${JSON.stringify(line.slice(0, 120))}`;
      }
    }
    return null;
  }

  private isFileAt(at: number): boolean {
    return this.line(at).startsWith("diff --git ") || this.isNamesAt(at);
  }

  private isNamesAt(at: number): boolean {
    return this.line(at).startsWith("--- ") && this.line(at + 1).startsWith("+++ ");
  }

  private head(): Head | Malformed {
    const head: Head = {
      oldPath: null,
      newPath: null,
      isNew: false,
      isDeleted: false,
      isExecutable: false,
      isRenamed: false,
    };
    if (this.line(this.at).startsWith("diff --git ")) {
      Object.assign(head, gitPaths(this.line(this.at)));
      this.at += 1;
      while (this.at < this.lines.length && !this.isNamesAt(this.at) && !this.isBodyAt(this.at)) {
        const problem = extend(head, this.line(this.at));
        if (problem !== null) return new Malformed(problem);
        this.at += 1;
      }
    }
    if (this.isNamesAt(this.at)) {
      const [from, to] = [this.line(this.at).slice(4), this.line(this.at + 1).slice(4)];
      head.isNew ||= patchPath(from, "a") === null;
      head.isDeleted ||= patchPath(to, "b") === null;
      const hasPrefixes = /^"?(?:a\/|\/dev\/null)/.test(from) && /^"?(?:b\/|\/dev\/null)/.test(to);
      head.oldPath = patchPath(from, hasPrefixes ? "a" : null);
      head.newPath = patchPath(to, hasPrefixes ? "b" : null);
      this.at += 2;
    }
    return head;
  }

  private isBodyAt(at: number): boolean {
    return this.line(at).startsWith("@@") || this.line(at).startsWith("diff --git ");
  }

  private hunks(): Hunk[] | Malformed {
    const hunks: Hunk[] = [];
    while (this.line(this.at).startsWith("@@")) {
      const hunk = this.hunk();
      if (hunk instanceof Malformed) return hunk;
      if (hunk.lines.length > 0) hunks.push(hunk);
    }
    return hunks;
  }

  private hunk(): Hunk | Malformed {
    const numbers = numbersOf(this.line(this.at));
    this.at += 1;
    const left = { old: numbers?.old ?? 0, new: numbers?.new ?? 0 };
    const lines: HunkLine[] = [];
    for (; this.at < this.lines.length && !this.isHunkEnd(left); this.at += 1) {
      const problem = takeLine(this.line(this.at), lines, left);
      if (problem === null) continue;
      if (isDone(left)) break;
      return new Malformed(`line ${this.at + 1} ${problem}`);
    }
    const isExact = left.old === 0 && left.new === 0;
    if (this.trustCounts && !isExact) return new Malformed("its line counts are wrong");
    const body = this.trustCounts ? lines : withoutLastBlank(lines);
    return { startLine: numbers?.start ?? null, headings: [], lines: body, isAtEnd: false };
  }

  private isHunkEnd(left: LinesLeft): boolean {
    const line = this.line(this.at);
    if (line.startsWith("@@") || line.startsWith("diff --git ")) return true;
    if (this.trustCounts) return isDone(left) && !line.startsWith("\\");
    if (line === "-- " && /^\d+\.\d/.test(this.line(this.at + 1))) return true;
    return this.isNamesAt(this.at) && this.line(this.at + 2).startsWith("@@");
  }

  private line(at: number): string {
    return this.lines[at] ?? "";
  }
}

function isDone(left: LinesLeft): boolean {
  return left.old <= 0 && left.new <= 0;
}

/** Adds a line of a hunk's body; what is wrong with it where it is none. */
function takeLine(line: string, lines: HunkLine[], left: LinesLeft): string | null {
  if (line.startsWith("\\")) {
    const last = lines.pop();
    if (last !== undefined) lines.push({ ...last, hasNoEnd: true });
    return null;
  }
  const read = hunkLineOf(line);
  if (read === null) return `begins with neither space, + nor -: ${JSON.stringify(line.slice(0, 120))}`;
  lines.push(read);
  if (read.kind !== "add") left.old -= 1;
  if (read.kind !== "remove") left.new -= 1;
  return null;
}

function withoutLastBlank(lines: readonly HunkLine[]): HunkLine[] {
  const last = lines.findLastIndex(({ kind, text }) => kind !== "keep" || text !== "");
  return lines.slice(0, last + 1);
}

/** `diff --git a/x b/x`; where the two differ, lines that follow name them again. */
function gitPaths(line: string): Partial<Head> {
  const rest = line.slice("diff --git ".length).trim();
  const half = (rest.length - 1) / 2;
  const [from, to] = rest.includes('"') ? [] : [rest.slice(0, half), rest.slice(half + 1)];
  if (from === undefined || from.slice(2) !== to?.slice(2)) return {};
  return { oldPath: patchPath(from, "a"), newPath: patchPath(to, "b") };
}

/** Takes in a line of Git's extended header; a reason where it asks for what cannot be done. */
function extend(head: Head, line: string): string | null {
  const mode = /^(new file|deleted file|old|new) mode (\d+)$/.exec(line);
  if (mode !== null) {
    const [, what, bits = ""] = mode;
    if (!bits.startsWith("100")) return `it makes ${line}, which is no regular file`;
    if (what === "old" || what === "new") return "it changes the mode of a file; use run_command with chmod";
    head.isNew ||= what === "new file";
    head.isDeleted ||= what === "deleted file";
    head.isExecutable = what === "new file" && bits === "100755";
  }
  const rename = /^rename (from|to) (.+)$/.exec(line);
  if (rename !== null) {
    head.isRenamed = true;
    head[rename[1] === "from" ? "oldPath" : "newPath"] = patchPath(rename[2] ?? "", null);
  }
  if (/^copy (?:from|to) /.test(line)) return "it copies a file; add the copy as a new file";
  if (/^(?:GIT binary patch|Binary files )/.test(line)) return "it changes a binary file";
  return null;
}

function fileOf(head: Head, hunks: readonly Hunk[]): FilePatch | Malformed {
  const { isNew, isDeleted, isExecutable, isRenamed, oldPath, newPath } = head;
  const path = isNew ? newPath : oldPath;
  if (path === null) return new Malformed("it does not name the file that it changes");
  const file = { path, newPath: null, hunks, isExecutable };
  if (isNew) return { ...file, kind: "add" };
  if (isDeleted) return { ...file, kind: "delete" };
  // `diff -u file.orig file` means the file; only Git says that one was renamed.
  if (isRenamed) return { ...file, kind: "update", newPath };
  if (hunks.length === 0) return new Malformed(`there is no change for ${path}`);
  return { ...file, path: newPath ?? path, kind: "update" };
}

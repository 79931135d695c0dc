import { HostError, isHostError } from "../core/host-error.ts";
import type { FileMode, FolderReader, FoundFile } from "./found-file.ts";
import { restBetween } from "./give-way.ts";
import { isPlainPath, type RawPath, textOf } from "./raw-path.ts";
import { checked, type ShadowRepository, type TreeEntry } from "./shadow-repository.ts";

/** Most that one tree may hold. */
export interface TreeLimits {
  readonly files: number;
  readonly bytes: number;
  /** A larger file is left out of trees. */
  readonly fileBytes: number;
}

export interface TakeRequest {
  readonly reader: FolderReader;
  /** Files to take, if they are there. Those of the base that are not named count as deleted. */
  readonly paths: Iterable<RawPath>;
  /** The tree that the folder began with; null: take everything. */
  readonly base: { readonly tree: string; readonly entries: ReadonlyMap<RawPath, TreeEntry> } | null;
  /** Reference that keeps the result. */
  readonly ref: string;
  readonly limits: TreeLimits;
  /** Told of each file that cannot be taken. The base's version, if it has one, stays in the tree. */
  readonly onLeftOut: (path: RawPath, reason: string) => void;
}

/**
 * Puts files of a folder into the shadow repository, byte for byte, and returns the name of their tree. Nothing of
 * the folder is interpreted: contents are read here and handed to `git fast-import` as data.
 *
 * @throws HostError `tree.tooLarge`, `tree.changing` or `tree.gitFailed`.
 */
export async function takeTree(
  shadow: ShadowRepository,
  request: TakeRequest,
  signal: AbortSignal,
): Promise<string> {
  const change = await compare(request, signal);
  if (request.base !== null && change.written.size === 0 && change.deleted.length === 0)
    return request.base.tree;
  const args = ["fast-import", "--quiet", "--force", "--done"];
  await shadow.run(
    { args, input: inLargeParts(importStream(request, change)), limitMs: importLimitMs },
    signal,
  );
  const tree = await shadow.treeOf(request.ref, signal);
  if (tree === null) throw new HostError("tree.gitFailed", "git fast-import left no tree");
  return tree;
}

/** Hashing and compressing the largest workspace that is allowed takes a few minutes. */
const importLimitMs = 600_000;

interface Change {
  readonly written: Map<RawPath, FileMode>;
  readonly deleted: readonly RawPath[];
}

/** What must be written: what is new, or differs in mode or content from the base. */
async function compare(request: TakeRequest, signal: AbortSignal): Promise<Change> {
  const written = new Map<RawPath, FileMode>();
  const present = new Set<RawPath>();
  const total = { files: 0, bytes: 0 };
  const rest = restBetween(signal);
  for (const path of request.paths) {
    await rest();
    const outcome = lookAt(request, path);
    if (outcome.kind !== "absent") present.add(path);
    if (outcome.kind !== "file") continue;
    total.files += 1;
    total.bytes += outcome.size;
    checkTotal(total, request.limits);
    if (outcome.isChanged) written.set(path, outcome.mode);
  }
  const known = request.base?.entries ?? new Map<RawPath, TreeEntry>();
  return { written, deleted: [...known.keys()].filter((path) => !present.has(path)) };
}

type Outcome =
  | { readonly kind: "absent" }
  | { readonly kind: "kept" }
  | { readonly kind: "file"; readonly mode: FileMode; readonly size: number; readonly isChanged: boolean };

function lookAt(request: TakeRequest, path: RawPath): Outcome {
  const known = request.base?.entries.get(path);
  const leaveOut = (reason: string): Outcome => {
    request.onLeftOut(path, reason);
    return { kind: known === undefined ? "absent" : "kept" };
  };
  if (!isPlainPath(path)) return leaveOut("its name is reserved for git");
  // Every screen, rule and signature names what was changed as text.
  const mayChange = request.base === null || textOf(path) !== null;
  const found = request.reader.look(path);
  if (found.kind === "absent" || found.kind === "folder")
    return mayChange ? { kind: "absent" } : leaveOut(unspeakable);
  if (found.kind === "special") return leaveOut("it is a pipe, a socket or a device");
  if (found.kind === "unreadable") return leaveOut("it may not be read");
  try {
    const outcome = compareFile(request, { path, found, known });
    if (typeof outcome === "string") return leaveOut(outcome);
    if (outcome.isChanged && !mayChange) return leaveOut(unspeakable);
    return { kind: "file", ...outcome };
  } catch (error) {
    if (isHostError(error)) throw error;
    return leaveOut("it may not be read");
  }
}

const unspeakable = "its name is not UTF-8";

/** A reason, as text, for a file that cannot be taken. */
function compareFile(
  { reader, limits }: TakeRequest,
  { path, found, known }: { path: RawPath; found: FoundFile; known: TreeEntry | undefined },
): { mode: FileMode; size: number; isChanged: boolean } | string {
  const { mode, size } = found;
  if (size > limits.fileBytes) return `it is larger than ${limits.fileBytes} bytes`;
  if (known === undefined || known.mode !== mode) return { mode, size, isChanged: true };
  return { mode, size, isChanged: known.oid !== reader.contentName(path, mode) };
}

/** Commands of `git fast-import` (git-fast-import(1)): the contents, then one commit that names them. */
function* importStream(request: TakeRequest, { written, deleted }: Change): Generator<Uint8Array> {
  const { reader, base, ref, onLeftOut } = request;
  const marks = new Map<RawPath, number>();
  for (const [path, mode] of written) {
    const mark = marks.size + 1;
    const content = reader.content(path, mode, (size) => `blob\nmark :${mark}\ndata ${size}\n`);
    const first = firstOf(content);
    if (first === null) {
      onLeftOut(path, "it may not be read");
      continue;
    }
    marks.set(path, mark);
    yield first;
    yield* content;
    yield lineEnd;
  }
  yield Buffer.from(`commit ${ref}\ncommitter agent-team <agent-team@localhost> 946684800 +0000\ndata 0\n`);
  if (base !== null) yield Buffer.from(`M 040000 ${checked(base.tree)} ""\n`);
  for (const path of deleted) yield Buffer.from(`D ${quoted(path)}\n`, "latin1");
  for (const [path, mark] of marks)
    yield Buffer.from(`M ${written.get(path)} :${mark} ${quoted(path)}\n`, "latin1");
  yield Buffer.from("\ndone\n");
}

const lineEnd = Buffer.from("\n");

/** null for a file that disappeared or was closed to us since it was looked at. */
function firstOf(content: Generator<Uint8Array, void, undefined>): Uint8Array | null {
  try {
    const next = content.next();
    return next.done === true ? null : next.value;
  } catch (error) {
    if (isHostError(error)) throw error;
    return null;
  }
}

/** A name as `git fast-import` takes it. */
export function quoted(path: RawPath): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** Thousands of small files would be thousands of system calls and turns of the event loop. */
function* inLargeParts(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    gathered.push(part);
    size += part.length;
    if (size < 262_144) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    size = 0;
  }
  yield Buffer.concat(gathered);
}

function checkTotal(total: { files: number; bytes: number }, limits: TreeLimits): void {
  if (total.files <= limits.files && total.bytes <= limits.bytes) return;
  const what = total.files > limits.files ? `${limits.files} files` : `${limits.bytes} bytes`;
  throw new HostError("tree.tooLarge", `the folder holds more than ${what}`, {
    hint: "add large generated folders to .gitignore",
  });
}

import { sha256 } from "../core/digest.ts";
import type { FoundPlace } from "./find-file.ts";
import type { FileCheck, FileWrite, PreparedCall, ToolOutput } from "./tool.ts";
import { fault, outputOf } from "./tool-output.ts";
import { changeTreeFile, digestOfFound, type FileChange } from "./tree-file.ts";
import { factOf } from "./visible-text.ts";

export interface PlannedChange {
  /** null: the file is deleted. */
  readonly bytes: Buffer | null;
  /** What the model reads when it is done. */
  readonly said: string;
}

/** A change of one file that was looked at, ready to be decided on and made. */
export function changedFile(looked: FoundPlace, { bytes, said }: PlannedChange): PreparedCall {
  return changedFiles([{ looked, bytes }], said);
}

export interface ChangeOfFile {
  readonly looked: FoundPlace;
  /** null: the file is deleted. */
  readonly bytes: Buffer | null;
  /** Permission bits of a file that is new. */
  readonly newMode?: number;
}

interface ReadyChange {
  readonly looked: FoundPlace;
  readonly write: FileWrite;
  readonly check: FileCheck;
  readonly change: FileChange;
}

/** Changes of several files, all made or none: what was made is undone where a later one fails. */
export function changedFiles(changes: readonly ChangeOfFile[], said: string): PreparedCall {
  const ready = changes.map(readyChange);
  return {
    access: { kind: "write", files: ready.map(({ write }) => write) },
    hasEffect: true,
    facts: ready.length === 1 ? ready.flatMap(factsOf) : ready.map((each) => factsOf(each).join(", ")),
    check: { kind: "files", files: ready.map(({ check }) => check) },
    perform: () => makeAll(ready, said),
    recovered: () => outputOf(said),
  };
}

function readyChange({ looked, bytes, newMode = 0o644 }: ChangeOfFile): ReadyChange {
  const { place, found } = looked;
  const before = digestOfFound(found);
  const after = bytes === null ? null : sha256(bytes);
  const verb = bytes === null ? "delete" : before === null ? "create" : "edit";
  const mode = found.kind === "file" ? found.mode : newMode;
  return {
    looked,
    write: { path: place.path, verb },
    check: { path: place.path, before, after },
    change: { before, bytes, mode },
  };
}

function factsOf({ looked: { found }, write, check, change }: ReadyChange): string[] {
  const { bytes } = change;
  return [
    factOf(write.verb, write.path),
    ...(found.kind === "file" ? [`from: ${found.bytes.length} bytes, SHA-256 ${check.before}`] : []),
    ...(bytes === null ? [] : [`to: ${bytes.length} bytes, SHA-256 ${check.after}`]),
    ...(found.kind === "absent" && (change.mode & 0o111) !== 0 ? ["may be executed"] : []),
  ];
}

async function makeAll(ready: readonly ReadyChange[], said: string): Promise<ToolOutput> {
  for (const [at, { looked, change }] of ready.entries()) {
    const done = ready.slice(0, at);
    try {
      const outcome = await changeTreeFile(looked.place, change);
      if (outcome.kind === "done") continue;
      return fault(`${outcome.reason}${await undo(done)}`);
    } catch (error) {
      await undo(done);
      throw error;
    }
  }
  return outputOf(said);
}

/** Takes back what was made; says how that went. */
async function undo(done: readonly ReadyChange[]): Promise<string> {
  const left: string[] = [];
  for (const { looked, check, change } of done.toReversed()) {
    const { place, found } = looked;
    const bytes = found.kind === "file" ? found.bytes : null;
    const outcome = await changeTreeFile(place, { before: check.after, bytes, mode: change.mode }).catch(
      () => null,
    );
    if (outcome?.kind !== "done") left.push(place.path);
  }
  if (left.length > 0) return `. These were changed already and could not be put back: ${left.join(", ")}`;
  return done.length === 0 ? "" : ". Nothing was changed: the files before it were put back";
}

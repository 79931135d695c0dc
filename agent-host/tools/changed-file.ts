import { sha256 } from "../core/digest.ts";
import type { FoundPlace } from "./find-file.ts";
import type { PreparedCall } from "./tool.ts";
import { fault, outputOf } from "./tool-output.ts";
import { changeTreeFile, digestOfFound } from "./tree-file.ts";
import { factOf } from "./visible-text.ts";

export interface PlannedChange {
  /** null: the file is deleted. */
  readonly bytes: Buffer | null;
  /** What the model reads when it is done. */
  readonly said: string;
}

/** A change of one file that was looked at, ready to be decided on and made. */
export function changedFile({ place, found }: FoundPlace, { bytes, said }: PlannedChange): PreparedCall {
  const before = digestOfFound(found);
  const after = bytes === null ? null : sha256(bytes);
  const verb = bytes === null ? "delete" : before === null ? "create" : "edit";
  const mode = found.kind === "file" ? found.mode : 0o644;
  return {
    access: { kind: "write", files: [{ path: place.path, verb }] },
    hasEffect: true,
    facts: [
      factOf(verb, place.path),
      ...(found.kind === "file" ? [`from: ${found.bytes.length} bytes, SHA-256 ${before}`] : []),
      ...(bytes === null ? [] : [`to: ${bytes.length} bytes, SHA-256 ${after}`]),
    ],
    check: { kind: "files", files: [{ path: place.path, before, after }] },
    perform: async () => {
      const outcome = await changeTreeFile(place, { before, bytes, mode });
      return outcome.kind === "done" ? outputOf(said) : fault(outcome.reason);
    },
    recovered: () => outputOf(said),
  };
}

import type { ChangeOfFile } from "../changed-file.ts";
import { type FoundPlace, findFileToChange, textOfBytes } from "../find-file.ts";
import type { ToolContext, ToolOutput } from "../tool.ts";
import { fault } from "../tool-output.ts";
import { maxFileBytes, tooLarge } from "../tree-file.ts";
import { applyHunks } from "./apply-hunks.ts";
import type { FilePatch } from "./file-patch.ts";

/** Most files one patch may touch. */
export const maxPatchedFiles = 25;

export interface PlannedPatch {
  readonly changes: readonly ChangeOfFile[];
  /** One line for each file. */
  readonly said: string;
}

/** What a patch makes of the files as they are now. An output that says why where any part does not fit. */
export async function planPatch(
  files: readonly FilePatch[],
  context: ToolContext,
): Promise<PlannedPatch | ToolOutput> {
  const plan = new Plan(context);
  for (const file of files) {
    const reason = await plan.take(file);
    if (reason !== null) return fault(`${reason}. Nothing was changed.`);
  }
  const changes = plan.changes();
  if (changes.length === 0) return fault("The patch changes nothing: the files are so already");
  if (changes.length > maxPatchedFiles) {
    return fault(
      `The patch touches ${changes.length} files; at most ${maxPatchedFiles} go at once. Split it`,
    );
  }
  return { changes, said: plan.said.join("\n") };
}

/** A file as the parts of the patch so far leave it. */
interface Draft {
  readonly looked: FoundPlace;
  /** null: there is none. */
  bytes: Buffer | null;
  newMode: number;
}

class Plan {
  readonly said: string[] = [];
  private readonly context: ToolContext;
  /** By path in the tree. */
  private readonly drafts = new Map<string, Draft>();

  constructor(context: ToolContext) {
    this.context = context;
  }

  /** Why the part cannot be; null: it is planned. */
  async take(file: FilePatch): Promise<string | null> {
    const draft = await this.draftOf(file.path);
    if ("text" in draft) return draft.text;
    const { path } = draft.looked.place;
    if (file.kind === "add") return this.add(file, draft);
    if (draft.bytes === null) return `There is no file ${path}`;
    const text = file.hunks.length === 0 ? "" : textOfBytes(draft.bytes);
    if (text === null) return `${path} is a binary file; apply_patch changes text only`;
    if (file.hunks.length === 0) return await this.finish(file, draft, draft.bytes);
    const outcome = applyHunks(text, file.hunks);
    if (outcome.kind === "fault") return `${path}: ${outcome.reason}`;
    return await this.finish(file, draft, Buffer.from(outcome.text));
  }

  changes(): ChangeOfFile[] {
    const changed = [...this.drafts.values()].filter(({ looked: { found }, bytes }) => {
      if (found.kind === "absent") return bytes !== null;
      return bytes === null || !found.bytes.equals(bytes);
    });
    // What is written first can be put back without loss where a later one fails.
    return changed.toSorted((a, b) => Number(a.bytes === null) - Number(b.bytes === null));
  }

  private async draftOf(given: string): Promise<Draft | ToolOutput> {
    const looked = await findFileToChange(this.context, given);
    if ("text" in looked) return looked;
    const known = this.drafts.get(looked.place.path);
    if (known !== undefined) return known;
    const bytes = looked.found.kind === "file" ? looked.found.bytes : null;
    const draft: Draft = { looked, bytes, newMode: 0o644 };
    this.drafts.set(looked.place.path, draft);
    return draft;
  }

  private add({ hunks, isExecutable }: FilePatch, draft: Draft): string | null {
    const { path } = draft.looked.place;
    if (draft.bytes !== null) return `${path} exists already; update it instead of adding it`;
    const outcome = applyHunks("", hunks);
    if (outcome.kind === "fault") return `${path}: ${outcome.reason}`;
    draft.newMode = isExecutable ? 0o755 : 0o644;
    return this.put(draft, Buffer.from(outcome.text), "Added");
  }

  private async finish(file: FilePatch, draft: Draft, bytes: Buffer): Promise<string | null> {
    const { found, place } = draft.looked;
    const { path } = place;
    if (file.kind === "delete") {
      if (file.hunks.length > 0 && bytes.length > 0) return `${path} holds more than the patch deletes`;
      draft.bytes = null;
      this.said.push(`Deleted ${path}`);
      return null;
    }
    if (file.newPath === null) return this.put(draft, bytes, "Changed");
    const target = await this.draftOf(file.newPath);
    if ("text" in target) return target.text;
    if (target === draft) return this.put(draft, bytes, "Changed");
    if (target.bytes !== null)
      return `${target.looked.place.path} exists already; nothing can be moved there`;
    draft.bytes = null;
    target.newMode = found.kind === "file" ? found.mode : draft.newMode;
    return this.put(target, bytes, `Moved ${path} to`);
  }

  private put(draft: Draft, bytes: Buffer, verb: string): string | null {
    const { path } = draft.looked.place;
    if (bytes.length > maxFileBytes) return tooLarge(path, bytes.length).reason;
    draft.bytes = bytes;
    this.said.push(`${verb} ${path}`);
    return null;
  }
}

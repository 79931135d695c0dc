import type { ToolContext, ToolOutput } from "./tool.ts";
import { fault } from "./tool-output.ts";
import { type FileContent, readTreeFile } from "./tree-file.ts";
import { locate, type TreePlace } from "./tree-path.ts";

export interface FoundPlace {
  readonly place: TreePlace;
  readonly found: FileContent | { readonly kind: "absent" };
}

/** What stands at a path of the task's tree; an output that says why, where it is nothing a tool can use. */
export async function findFile(context: ToolContext, path: string): Promise<FoundPlace | ToolOutput> {
  const located = await locate(context.folder, path);
  if (located.kind === "refused") return fault(located.reason);
  const { place } = located;
  const found = await readTreeFile(place);
  return found.kind === "fault" ? fault(found.reason) : { place, found };
}

/** `findFile` for a tool that is going to change it. */
export async function findFileToChange(context: ToolContext, path: string): Promise<FoundPlace | ToolOutput> {
  if (!context.isWritable) return fault("This task only reads: nothing in its folder may change");
  const looked = await findFile(context, path);
  if ("text" in looked || !looked.place.isLinked) return looked;
  return fault(`${looked.place.path} lies in a linked dependency folder, which tools only read`);
}

/** Whether bytes are text in UTF-8; null if not. A byte order mark stays in it. */
export function textOfBytes(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8.
    return null;
  }
}

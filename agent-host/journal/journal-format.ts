import { HostError } from "../core/host-error.ts";
import { listSegments, segmentName } from "./segment-name.ts";
import { readSegmentStart } from "./segment-start.ts";

/**
 * The format a journal was created with; null while it has no entry.
 *
 * @throws HostError `journal.damaged` if its first entry is not `journal.created`.
 */
export async function readJournalFormat(folder: string): Promise<number | null> {
  for (const segment of await listSegments(folder)) {
    const { first } = await readSegmentStart(folder, segment);
    if (first === null) continue;
    const format = first.data.format;
    if (first.type === "journal.created" && typeof format === "number") return format;
    throw new HostError("journal.damaged", `${segmentName(segment)} does not begin with journal.created`, {
      hint: "Run `agent-team audit verify`",
    });
  }
  return null;
}

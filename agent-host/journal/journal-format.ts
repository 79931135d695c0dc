import { join } from "node:path";
import { HostError } from "../core/host-error.ts";
import type { Entry } from "../protocol/journal.ts";
import { readEnvelope } from "./envelope.ts";
import { completeLines, readRange } from "./read-range.ts";
import { listSegments, segmentName } from "./segment-name.ts";

/** More than the longest line. */
const firstLineBytes = 16 * 1_024;

/**
 * The format a journal was created with; null while it has no entry.
 *
 * @throws HostError `journal.damaged` if its first entry is not `journal.created`.
 */
export async function readJournalFormat(folder: string): Promise<number | null> {
  for (const segment of await listSegments(folder)) {
    const first = await readFirst(join(folder, segmentName(segment)));
    if (first === null) continue;
    const format = first.data.format;
    if (first.type === "journal.created" && typeof format === "number") return format;
    throw new HostError("journal.damaged", `${segmentName(segment)} does not begin with journal.created`, {
      hint: "Run `agent-team audit verify`",
    });
  }
  return null;
}

/** The first entry of a segment; null without one. */
async function readFirst(path: string): Promise<Pick<Entry, "type" | "data"> | null> {
  const [first] = completeLines(await readRange(path, 0, firstLineBytes));
  if (first === undefined) return null;
  const { line } = first;
  const envelope = readEnvelope(line.toString("latin1"));
  if (envelope !== "irregular") return envelope && { type: envelope.type, data: dataOf(line) };
  // Another release wrote it, or nobody: only then is the schema worth its time.
  const { parseEntry } = await import("./parse-entry.ts");
  return parseEntry(line);
}

function dataOf(line: Buffer): Entry["data"] {
  return JSON.parse(line.toString("utf8")).data;
}

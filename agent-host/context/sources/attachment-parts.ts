import { messageOf } from "../../core/host-error.ts";
import type { Attachment } from "../../protocol/attachment.ts";
import { visible, withoutHidden } from "../../protocol/visible.ts";
import type { ContextPart } from "../../team/run-setup.ts";
import { boundedTexts } from "./bounded-texts.ts";
import { type NotInside, readInside } from "./read-inside.ts";

export interface AttachmentSources {
  /** Root of the workspace, a real path. */
  readonly root: string;
  /** Paths of the workspace's own files, sorted, with `/`. */
  listFiles(root: string, signal: AbortSignal): Promise<readonly string[]>;
  /** What is not committed, as a unified diff. */
  diff(signal: AbortSignal): Promise<string>;
}

/** Most bytes of one attachment, and of all of a run. */
export const maxAttachmentBytes = 32 * 1_024;
export const maxAttachmentsBytes = 96 * 1_024;

/** Of a file no more is read, also to find lines in it. */
const maxFileBytes = 4 * 1_048_576;
const maxListed = 2_000;

/** What a person attached, read now. What cannot be read is said so in its place. */
export async function attachmentParts(
  attachments: readonly Attachment[],
  sources: AttachmentSources,
  signal: AbortSignal,
): Promise<ContextPart[]> {
  const read: Read[] = [];
  for (const attachment of attachments) {
    signal.throwIfAborted();
    read.push(cleaned(await readAttachment(attachment, sources, signal)));
  }
  const named = read.map(({ title, text, bytes }) => ({
    name: title,
    text,
    bytes: bytes ?? Buffer.byteLength(text),
  }));
  const texts = boundedTexts(named, { maxBytes: maxAttachmentsBytes, maxEach: maxAttachmentBytes });
  return read.map(({ title }, index) => ({ kind: "attachment", title, text: texts[index] ?? "" }));
}

interface Read {
  readonly title: string;
  readonly text: string;
  /** Bytes of the whole, where more is there than was read. */
  readonly bytes?: number;
}

async function readAttachment(
  attachment: Attachment,
  sources: AttachmentSources,
  signal: AbortSignal,
): Promise<Read> {
  switch (attachment.kind) {
    case "file":
      return await readFile(attachment, sources.root);
    case "folder":
      return await listFolder(attachment.path, sources, signal);
    case "diff":
      return { title: "Changes that are not committed", text: await diffOf(sources, signal) };
    case "problems":
      return { title: "Problems in the editor", text: attachment.text };
    case "text":
      return { title: attachment.title, text: attachment.text };
  }
}

const reasons: Readonly<Record<NotInside, string>> = {
  missing: "it is not there any more",
  outside: "it lies outside of the workspace",
  notAFile: "it is not a file",
  binary: "it is not text",
};

async function readFile({ path, lines }: Extract<Attachment, { kind: "file" }>, root: string): Promise<Read> {
  const title = lines === undefined ? path : `${path}, lines ${lines.from} to ${lines.to}`;
  try {
    const read = await readInside(root, path, maxFileBytes);
    if (typeof read === "string") return { title, text: `[not attached: ${reasons[read]}]` };
    if (lines === undefined) return { title, text: read.text, bytes: read.bytes };
    const chosen = read.text.split("\n").slice(lines.from - 1, lines.to);
    return { title, text: chosen.length === 0 ? "[the file has fewer lines]" : chosen.join("\n") };
  } catch (error) {
    return { title, text: `[not attached: ${messageOf(error)}]` };
  }
}

async function listFolder(path: string, sources: AttachmentSources, signal: AbortSignal): Promise<Read> {
  const prefix = path === "." || path === "" ? "" : `${path.replace(/\/+$/, "")}/`;
  const all = await sources.listFiles(sources.root, signal);
  const below = all.filter((each) => each.startsWith(prefix));
  const shown = below.slice(0, maxListed);
  const more = below.length > shown.length ? [`[and ${below.length - shown.length} more files]`] : [];
  const title = `Folder ${prefix || "./"} (${below.length} files)`;
  return { title, text: [...shown, ...more].join("\n") || "[no files of the project]" };
}

async function diffOf(sources: AttachmentSources, signal: AbortSignal): Promise<string> {
  try {
    return (await sources.diff(signal)) || "[nothing has changed]";
  } catch (error) {
    signal.throwIfAborted();
    return `[not attached: ${messageOf(error)}]`;
  }
}

function cleaned({ title, text, bytes }: Read): Read {
  const { text: shown, hidden } = withoutHidden(text);
  const removed =
    hidden === 0 ? "" : ` (${hidden} hidden ${hidden === 1 ? "character was" : "characters were"} taken out)`;
  return {
    title: `${visible(title)}${removed}`,
    text: shown,
    ...(bytes === undefined ? {} : { bytes: bytes - hiddenBytes(text, shown) }),
  };
}

function hiddenBytes(before: string, after: string): number {
  return Buffer.byteLength(before) - Buffer.byteLength(after);
}

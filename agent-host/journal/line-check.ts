import type { Head } from "../protocol/journal.ts";
import { zeroHash } from "../protocol/journal.ts";
import { parseEntry } from "./parse-entry.ts";
import { sha256Hex } from "./sha256.ts";

/** Where a line stands: segment and, from 1, the line in it. */
export interface LinePlace {
  readonly segment: number;
  readonly line: number;
}

/** What is wrong. `link`: only its `prevHash` and the line before disagree, so it may be either of them. */
export interface LineProblem {
  readonly kind: "own" | "link" | "head";
  readonly reason: string;
}

/** The line's own words, as far as the chain needs them. */
interface LineFacts {
  readonly seq: number;
  readonly type: string;
  readonly workspaceId: string;
  readonly prevHash: string;
}

/** Checks lines one after the other, remembering the one before. */
export class LineCheck {
  private readonly head: Head | null;
  private last: (Head & LinePlace) | null = null;
  private workspaceId: string | null = null;

  constructor(head: Head | null) {
    this.head = head;
  }

  /** The last good entry. */
  get previous(): (Head & LinePlace) | null {
    return this.last;
  }

  get expectedSeq(): number {
    return (this.last?.seq ?? 0) + 1;
  }

  /** Null if the line is good. `text` is the line in Latin-1: one character for each byte, made in bulk. */
  take(line: Buffer, text: string, place: LinePlace): LineProblem | null {
    const expectedHash = this.last?.hash ?? zeroHash;
    const facts = factsOf(line, text);
    if (facts === null) return own("it is not an entry");
    const seq = this.expectedSeq;
    if (facts.seq !== seq) return own(`entry ${seq} is expected here, not ${facts.seq}`);
    if (seq === 1 && facts.type !== "journal.created") return own("a journal begins with journal.created");
    if (facts.prevHash !== expectedHash) return this.badLink(seq);
    this.workspaceId ??= facts.workspaceId;
    if (facts.workspaceId !== this.workspaceId) return own("it belongs to another workspace");
    const hash = sha256Hex(line);
    if (this.head?.seq === seq && this.head.hash !== hash) {
      return { kind: "head", reason: "head.json has another hash for it: it was changed" };
    }
    this.last = { seq, hash, segment: place.segment, line: place.line };
    return null;
  }

  private badLink(seq: number): LineProblem {
    return seq === 1
      ? own("its prevHash is not 64 zeros")
      : { kind: "link", reason: "its bytes and the prevHash of the next entry disagree: it was changed" };
  }
}

function own(reason: string): LineProblem {
  return { kind: "own", reason };
}

const string = String.raw`"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"`;

/** The contract's line up to its data, every key at its place. Without groups: those would cost as much again. */
const startPattern = new RegExp(
  String.raw`\{"v":[1-9]\d*,"seq":[1-9]\d*,"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","type":"[\w.-]+",` +
    `"workspaceId":"[0-9a-f]{16}","runId":(?:null|"r-[0-9a-z-]{1,40}"),` +
    String.raw`"taskId":(?:null|"t-[0-9a-z-]{1,60}"),"cause":(?:null|[1-9]\d*),"traceId":(?:null|${string}),` +
    String.raw`"actor":\{"kind":"(?:user|agent|system)","id":${string},"role":${string}\},` +
    String.raw`"resource":(?:null|\{"type":${string},"id":${string}\}),"action":${string},"outcome":${string},` +
    String.raw`"data":(?=\{)`,
  "y",
);

const beforeHash = `,"prevHash":"`;
const afterHash = `"}`;
const endLength = beforeHash.length + zeroHash.length + afterHash.length;
const seqToType = `,"time":"2000-01-01T00:00:00.000Z","type":"`.length;
const typeToWorkspace = `","workspaceId":"`.length;
const workspaceIdLength = 16;

/**
 * The envelope is matched, only what stands in `data` is parsed: half the time of parsing the line. Text that does
 * not match is parsed as a whole, as a later release may add keys.
 */
function factsOf(line: Buffer, text: string): LineFacts | null {
  startPattern.lastIndex = 0;
  const dataEnd = text.length - endLength;
  const hashAt = dataEnd + beforeHash.length;
  const hashEnd = text.length - afterHash.length;
  if (
    !startPattern.test(text) ||
    text.slice(dataEnd, hashAt) !== beforeHash ||
    text.slice(hashEnd) !== afterHash
  ) {
    return parseEntry(line);
  }
  if (!isJson(text.slice(startPattern.lastIndex, dataEnd))) return null;
  // The pattern has matched: from here on every part stands at a known place.
  const seqAt = text.indexOf(":", `{"v":`.length) + 1;
  const seqEnd = text.indexOf(",", seqAt);
  const typeAt = seqEnd + seqToType;
  const typeEnd = text.indexOf('"', typeAt);
  const workspaceAt = typeEnd + typeToWorkspace;
  return {
    seq: Number(text.slice(seqAt, seqEnd)),
    type: text.slice(typeAt, typeEnd),
    workspaceId: text.slice(workspaceAt, workspaceAt + workspaceIdLength),
    prevHash: text.slice(hashAt, hashEnd),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The question was whether it throws.
    return false;
  }
}

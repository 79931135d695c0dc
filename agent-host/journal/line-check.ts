import type { Head } from "../protocol/journal.ts";
import { zeroHash } from "../protocol/journal-format.ts";
import { readEnvelope } from "./envelope.ts";
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
    const read = readEnvelope(text);
    const facts = read === "irregular" ? parseEntry(line) : read;
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

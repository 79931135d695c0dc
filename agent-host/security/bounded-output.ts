import { withoutControls } from "../protocol/visible.ts";

/** Keeps the first and the last half of `maxBytes` of what a program puts out, and counts the rest. */
export class BoundedOutput {
  private readonly head: Buffer;
  private readonly tail: Buffer;
  private headBytes = 0;
  /** All bytes that came after the head, kept or not. */
  private laterBytes = 0;

  constructor(maxBytes: number) {
    this.head = Buffer.alloc(Math.ceil(maxBytes / 2));
    this.tail = Buffer.alloc(Math.floor(maxBytes / 2));
  }

  get omittedBytes(): number {
    return Math.max(0, this.laterBytes - this.tail.length);
  }

  add(chunk: Buffer): void {
    const forHead = Math.min(chunk.length, this.head.length - this.headBytes);
    chunk.copy(this.head, this.headBytes, 0, forHead);
    this.headBytes += forHead;
    this.addToTail(chunk.subarray(forHead));
  }

  /** What was kept, without control sequences; a line says how much is missing between the halves. */
  text(): string {
    const head = this.head.subarray(0, this.headBytes);
    if (this.omittedBytes === 0) return withoutControls(decode(Buffer.concat([head, this.tailInOrder()])));
    const [first, last] = [head, this.tailInOrder()].map((half) => withoutControls(decode(half)));
    return `${first}\n[… ${this.omittedBytes} bytes left out …]\n${last}`;
  }

  /** `tail` is a ring: byte n after the head stands at n modulo its length. */
  private addToTail(chunk: Buffer): void {
    const size = this.tail.length;
    const kept = chunk.subarray(Math.max(0, chunk.length - size));
    this.laterBytes += chunk.length;
    if (size === 0) return;
    const at = (this.laterBytes - kept.length) % size;
    const beforeWrap = Math.min(kept.length, size - at);
    kept.copy(this.tail, at, 0, beforeWrap);
    kept.copy(this.tail, 0, beforeWrap);
  }

  private tailInOrder(): Buffer {
    if (this.laterBytes <= this.tail.length) return this.tail.subarray(0, this.laterBytes);
    const at = this.laterBytes % this.tail.length;
    return Buffer.concat([this.tail.subarray(at), this.tail.subarray(0, at)]);
  }
}

/** A character that was cut in two becomes U+FFFD. */
function decode(bytes: Buffer): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

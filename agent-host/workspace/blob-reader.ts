import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { HostError } from "../core/host-error.ts";
import { ended, endGroup, failed, keepTail } from "./git.ts";
import { checked, type ShadowRepository } from "./shadow-repository.ts";

/** Reads contents of the shadow repository, one after the other, through one `git cat-file --batch`. */
export class BlobReader {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => endGroup(this.#child);
  readonly #exit: Promise<number | null>;
  readonly #stderr: () => string;
  readonly #output: AsyncIterator<Buffer, undefined>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(shadow: ShadowRepository, signal: AbortSignal) {
    signal.throwIfAborted();
    this.#signal = signal;
    this.#child = shadow.start({ args: ["cat-file", "--batch"] });
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#exit = ended(this.#child);
    // Whoever reads next finds the output at its end, and then asks why.
    this.#exit.catch(() => undefined);
    this.#stderr = keepTail(this.#child);
    this.#child.stdin?.on("error", () => undefined);
    const { stdout } = this.#child;
    if (stdout === null) throw failed("cat-file", null, "");
    this.#output = stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /**
   * Hands the content's bytes to `sink`, part by part, and returns their number.
   *
   * @throws HostError `tree.gitFailed` if there is no such content.
   */
  async read(oid: string, sink: (part: Buffer) => Promise<void> | void): Promise<number> {
    this.#child.stdin?.write(`${checked(oid)}\n`);
    const size = sizeIn(await this.#line());
    for (let left = size; left > 0; ) {
      const part = await this.#some(left);
      left -= part.length;
      await sink(part);
    }
    await this.#some(1);
    return size;
  }

  /** SHA-256 of the bytes alone. */
  async digest(oid: string): Promise<string> {
    const hash = createHash("sha256");
    await this.read(oid, (part) => void hash.update(part));
    return hash.digest("hex");
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#onAbort);
    endGroup(this.#child);
    // What was not read would keep the child's end from being reported.
    this.#child.stdout?.destroy();
    await this.#exit.catch(() => null);
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end !== -1) {
        const line = this.#rest.subarray(0, end).toString("latin1");
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      this.#rest = Buffer.concat([this.#rest, await this.#next()]);
    }
  }

  async #some(maxBytes: number): Promise<Buffer> {
    if (this.#rest.length === 0) this.#rest = await this.#next();
    const part = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#output.next();
    this.#signal.throwIfAborted();
    if (done !== true) return value;
    throw failed("cat-file", await this.#exit, this.#stderr());
  }
}

/** `<oid> blob <size>` */
function sizeIn(header: string): number {
  const size = /^[0-9a-f]{64} blob (\d+)$/.exec(header)?.[1];
  if (size !== undefined) return Number(size);
  throw new HostError("tree.gitFailed", "a content of the tree is missing in the shadow repository");
}

import type { CallWatch } from "./call-watch.ts";
import type { HttpReply } from "./http-reply.ts";

/**
 * What really happened on the wire in one call. The SDK between us and the wire puts other errors in the place of what
 * it meets; what a failure means is told from here.
 */
export class Exchange {
  private readonly watch: Pick<CallWatch, "hear">;
  private head: HttpReply | null = null;
  private refused: unknown = null;
  private thrown: { readonly error: unknown } | null = null;
  private pieces = 0;

  constructor(watch: Pick<CallWatch, "hear">) {
    this.watch = watch;
  }

  /** The head of the answer; null: none came. */
  get reply(): Pick<HttpReply, "status" | "headers"> | null {
    return this.head;
  }

  /** Why no answer came; null where one came, or where this was not why. */
  get connectFailure(): unknown {
    return this.refused;
  }

  /** What a listener of ours threw. */
  get listenerFailure(): { readonly error: unknown } | null {
    return this.thrown;
  }

  /** Whether anything of the body came. */
  get hasBody(): boolean {
    return this.pieces > 1;
  }

  hear(): void {
    this.pieces += 1;
    this.watch.hear();
  }

  /** Asks, and remembers how it went. */
  async observe(ask: () => Promise<HttpReply>): Promise<HttpReply> {
    try {
      const reply = await ask();
      this.head = reply;
      return reply;
    } catch (error) {
      this.refused = error;
      throw error;
    }
  }

  /** Reads the body of the answer to its end; see `HttpReply.read`. */
  async whole(act: (piece: Uint8Array) => void): Promise<void> {
    await this.head?.read(act);
  }

  passOn(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.thrown = { error };
      throw error;
    }
  }
}

import { StringDecoder } from "node:string_decoder";
import { withoutControls } from "../protocol/visible.ts";

// As far as `withoutControls` looks for the end of a sequence.
const maxHeldCharacters = 4_200;

/** An escape sequence that has begun and not ended; see `withoutControls` for the forms. */
const unfinished =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  /(?:(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]{0,4096}\u001b?|(?:\u001b\[|\u009b)[\u0030-\u003f]{0,64}[\u0020-\u002f]{0,8}|\u001b[\u0020-\u002f]{0,8})$/;

/** What a program puts out, as clean text while it comes; what lies across two chunks stays whole. */
export class OutputStream {
  private readonly decoder = new StringDecoder("utf8");
  private held = "";

  /** What the chunk adds. May be empty: the rest follows with the next one. */
  next(chunk: Buffer): string {
    const text = this.held + this.decoder.write(chunk);
    const whole = wholeLength(text);
    this.held = text.slice(whole);
    return withoutControls(text.slice(0, whole));
  }

  /** What was held back, when nothing follows any more. */
  end(): string {
    const text = this.held + this.decoder.end();
    this.held = "";
    return withoutControls(text);
  }
}

function wholeLength(text: string): number {
  const from = Math.max(0, text.length - maxHeldCharacters);
  const open = unfinished.exec(text.slice(from));
  let end = open === null ? text.length : from + open.index;
  // A line feed may follow, which belongs to it.
  while (end > from && text[end - 1] === "\r") end -= 1;
  return end;
}

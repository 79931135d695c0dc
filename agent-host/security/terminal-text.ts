/**
 * Escape sequences as ECMA-48 has them: strings (OSC, DCS, SOS, PM, APC) up to their end, CSI sequences, and the
 * short ones, in seven and in eight bits. One that is cut short takes what is left of its own characters only.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]{0,4096}(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[\u0030-\u003f]{0,64}[\u0020-\u002f]{0,8}[\u0040-\u007e]?|\u001b[\u0020-\u002f]{0,8}[\u0030-\u007e]?/g;

/** What moves the cursor, rings, or turns the order of what is read; tab and line feed stay. */
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text of a program without anything that would steer a terminal or deceive a reader; lines end with LF. */
export function withoutControls(text: string): string {
  // A line that is written over starts anew, as a progress bar does.
  return text
    .replace(sequences, "")
    .replace(/\r+\n?/g, "\n")
    .replace(controls, "");
}

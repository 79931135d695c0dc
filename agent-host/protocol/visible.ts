/**
 * What cannot be seen in text, and what is done about it: the one home of this question for models, people and
 * terminals.
 *
 * Hidden is (Unicode 15 and later, by property): controls but tab, line feed, form feed and carriage return; whatever
 * is default-ignorable (zero width, bidirectional controls, variation selectors, tags, fillers, soft hyphen, invisible
 * operators); line and paragraph separators; halves of surrogate pairs; private use; unassigned code points; and a few
 * that show nothing without being default-ignorable. It stays where a writing system needs it:
 *
 * - emoji: one presentation selector, joiners between two pictographs, keycaps, and the three tag sequences that are
 *   recommended for interchange (UTS #51: England, Scotland, Wales);
 * - joiner and non-joiner behind a letter or mark of a script that joins or forms conjuncts (UAX #31, rules A1, A2, B,
 *   without the look at joining types), the non-joiner only before another one; never two in a row;
 * - Mongolian variation selectors behind a Mongolian letter.
 *
 * Ideographic variation sequences and directional marks are taken away though they occur: one says 240 things that
 * nobody sees, the other turns what is read; without them the text reads the same.
 */

export interface WithoutHidden {
  readonly text: string;
  /** Characters that were taken away. */
  readonly hidden: number;
}

/** Text for a model: without what a person who looks at it would not see, terminal sequences as a whole. */
export function withoutHidden(text: string): WithoutHidden {
  if (isPlain(text)) return { text, hidden: 0 };
  let hidden = 0;
  const count = (removed: string): string => {
    hidden += [...removed].length;
    return "";
  };
  const kept = text
    .replace(sequences, count)
    .replace(keptOrHidden, (all, ...rest) => (namedHidden(rest) === undefined ? all : count(all)));
  return { text: kept, hidden };
}

/** Whether text holds anything that a person would not see. Line breaks and tabs are no such thing. */
export function hasHidden(text: string): boolean {
  return !isPlain(text) && withoutHidden(text).hidden > 0;
}

/**
 * Text of an agent or a repository as it can be shown on one line without deceiving: what is hidden or ends the line is
 * written out (`\u202e`).
 */
export function visible(text: string): string {
  return visibleLines(text).replace(/[\n\t]/g, written);
}

/** The same for text of several lines: line feeds and tabs stay. */
export function visibleLines(text: string): string {
  if (isPlain(text) && !/[\r\f]/.test(text)) return text;
  return text
    .replace(/[\r\f]/g, written)
    .replace(keptOrHidden, (all, ...rest) => (namedHidden(rest) === undefined ? all : written(all)));
}

/**
 * Output of a program without anything that would steer a terminal or turn the order of what is read; lines end with
 * LF. A line that is written over starts anew, as a progress bar does.
 */
export function withoutControls(text: string): string {
  return text
    .replace(sequences, "")
    .replace(/\r+\n?/g, "\n")
    .replace(controls, "");
}

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

const joiningScripts = [
  ...["Arab", "Syrc", "Mand", "Mong", "Nkoo", "Phag", "Adlm", "Rohg", "Sogd"],
  ...["Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh"],
  ...["Mymr", "Khmr", "Tibt", "Java", "Bali", "Sund", "Limb", "Lana", "Cakm", "Newa"],
]
  .map((script) => `\\p{scx=${script}}`)
  .join("");
const joining = `(?=[\\p{L}\\p{M}])[${joiningScripts}]`;

const presented = "\\p{Extended_Pictographic}[\\u{1f3fb}-\\u{1f3ff}]?[\\ufe0e\\ufe0f]?";
const subdivisions = ["gbeng", "gbsct", "gbwls"]
  .map((name) => [...name].map((letter) => `\\u{e00${letter.charCodeAt(0).toString(16)}}`).join(""))
  .join("|");
const kept = [
  `\\u{1f3f4}(?:${subdivisions})\\u{e007f}`,
  `${presented}(?:\\u200d${presented})*`,
  "[0-9#*]\\ufe0f\\u20e3",
  `(?<=${joining})(?:\\u200c(?=${joining})|\\u200d(?![\\u200c\\u200d]))`,
  "(?<=\\p{Script=Mongolian})[\\u180b-\\u180d\\u180f]",
];

const hiddenCharacter = [
  "[\\u0000-\\u0008\\u000b\\u000e-\\u001f\\u007f-\\u009f]",
  "[\\p{Zl}\\p{Zp}\\p{Cs}\\p{Co}\\p{Cn}\\p{Default_Ignorable_Code_Point}]",
  // A blank pattern of Braille, fillers, an empty notehead, anchors of annotations.
  "[\\u2800\\ufff9-\\ufffb\\u{16fe4}\\u{1d159}\\u{1d173}-\\u{1d17a}]",
].join("|");

const keptOrHidden = new RegExp(`${kept.join("|")}|(?<hidden>${hiddenCharacter})`, "gu");

function isPlain(text: string): boolean {
  return !/[^\t\n\f\r -~]/.test(text);
}

/** `replace` hands the named groups over as its last argument. */
function namedHidden(rest: readonly unknown[]): string | undefined {
  const groups = rest.at(-1);
  return typeof groups === "object" && groups !== null && "hidden" in groups
    ? (groups.hidden as string | undefined)
    : undefined;
}

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

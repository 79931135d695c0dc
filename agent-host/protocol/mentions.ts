import type { Attachment } from "./attachment.ts";

export interface Mentions {
  /** As it was typed: the words around a mention still speak of it. */
  readonly goal: string;
  /** In the order in which they are first mentioned, each once. Nobody has looked whether they exist. */
  readonly attachments: readonly Attachment[];
  /** `@problems` stands there: what they are, only an editor knows. */
  readonly problems: boolean;
}

/**
 * What a person points at in a goal: `@src/app.ts`, `@src/app.ts:10-20`, `@src/`, `@"path with spaces"`, `@problems`,
 * `@diff`. A bare word is taken for a name of something else (`@alice`, `@Component`) unless it is quoted, has a dot or
 * a slash; nothing is a mention inside a word (`me@example.com`), as a call (`@app.route("/")`) or in code, in line or
 * fenced.
 */
export function mentionsIn(goal: string): Mentions {
  const found = new Map<string, Attachment>();
  let problems = false;
  for (const { groups } of withoutCode(goal).matchAll(mention)) {
    const quoted = groups?.double ?? groups?.single;
    const bare = trimmed(groups?.bare ?? "");
    if (quoted === undefined && bare === "problems") problems = true;
    else if (quoted === undefined && bare === "diff") found.set("diff", { kind: "diff" });
    else if (quoted !== undefined || isPath(bare)) {
      const attachment = attachmentOf(quoted ?? bare, groups?.lines);
      if (attachment !== null) found.set(JSON.stringify(attachment), attachment);
    }
  }
  return { goal, attachments: [...found.values()], problems };
}

const maxPath = 4_096;

// A name ends at a blank or where no name would go on; what is left of a sentence at its end is cut off later.
const mention =
  /(?<![^\s([{<"'«„“‚‘,;:—–])@(?:"(?<double>[^"\n]+)"|'(?<single>[^'\n]+)'|(?<bare>(?:\\ |[^\s"'`()<>{}|])+)(?=[\s"')<>}|]|$))(?<lines>:\d+(?:-\d+)?)?/gu;

/** The same text with blanks in place of code, so that what stands around it stays where it is. */
function withoutCode(text: string): string {
  return text
    .replace(/^[ \t]*(```+|~~~+)[\s\S]*?(?:^[ \t]*\1[`~]*[ \t]*$|(?![\s\S]))/gm, blanks)
    .replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, blanks);
}

function blanks(code: string): string {
  return code.replace(/[^\n]/g, "`");
}

function trimmed(bare: string): string {
  const path = bare.replaceAll("\\ ", " ").replace(/[.,;:!?…»”’]+$/u, "");
  return path.includes("[") ? path : path.replace(/\]+$/, "");
}

function isPath(bare: string): boolean {
  if (/[*?]/.test(bare)) return false;
  return /[/\\]/.test(bare) || /[^.]\.[^.]|^\.[^.]/.test(bare);
}

function attachmentOf(written: string, quotedLines: string | undefined): Attachment | null {
  const range = /:(\d{1,7})(?:-(\d{1,7}))?$/.exec(quotedLines ?? written);
  const named = quotedLines === undefined && range !== null ? written.slice(0, range.index) : written;
  const path = named
    .replaceAll("\\", "/")
    .replace(/\/{2,}/g, "/")
    .replace(/^(?:\.\/)+(?=.)/, "");
  if (path.length > maxPath) return null;
  if (path === "." || path.endsWith("/")) {
    return { kind: "folder", path: path === "/" ? path : path.replace(/\/$/, "") };
  }
  if (path === "") return null;
  const from = Number(range?.[1] ?? 0);
  const to = Number(range?.[2] ?? from);
  return from === 0 || to < from ? { kind: "file", path } : { kind: "file", path, lines: { from, to } };
}

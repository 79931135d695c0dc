/** One line of a document. */
export interface DocumentLine {
  readonly number: number;
  readonly text: string;
  /** Inside a fenced block: the word behind the fence, empty without one. */
  readonly fence: string | undefined;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

/** What a document is made of, told by its lines. Works for Markdown; of other formats it sees titles. */
export interface Outline {
  readonly title: string | undefined;
  readonly headings: readonly Heading[];
  readonly lines: readonly DocumentLine[];
}

const maxLineLength = 10_000;

export function readOutline(text: string): Outline {
  const lines = classify(text);
  const headings: Heading[] = [];
  let title: string | undefined;
  lines.forEach((line, index) => {
    if (line.fence !== undefined) return;
    const previous = lines[index - 1];
    const heading = atxHeading(line) ?? htmlHeading(line) ?? (previous && underlined(previous, line));
    if (heading === undefined || heading.text === "") return;
    headings.push(heading);
    if (heading.level === 1) title ??= heading.text;
  });
  return { title: title ?? frontMatterTitle(text) ?? headings[0]?.text, headings, lines };
}

function classify(text: string): DocumentLine[] {
  const lines: DocumentLine[] = [];
  let fence: { mark: string; info: string } | undefined;
  let comment = false;
  let frontMatter = /^---\r?\n/.test(text);
  text.split(/\r?\n/).forEach((raw, index) => {
    const content = raw.length > maxLineLength ? "" : raw;
    const number = index + 1;
    if (frontMatter) {
      lines.push({ number, text: "", fence: undefined });
      if (index > 0 && /^---\s*$/.test(content)) frontMatter = false;
      return;
    }
    const mark = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})\s*([\w+-]*)/.exec(content);
    if (fence !== undefined) {
      lines.push({ number, text: content, fence: fence.info });
      if (mark?.[1]?.startsWith(fence.mark) && mark[2] === "") fence = undefined;
    } else if (mark?.[1] !== undefined && !comment) {
      fence = { mark: mark[1], info: (mark[2] ?? "").toLowerCase() };
      lines.push({ number, text: "", fence: undefined });
    } else {
      if (content.includes("<!--")) comment = true;
      lines.push({ number, text: comment ? "" : content, fence: undefined });
      if (content.includes("-->")) comment = false;
    }
  });
  return lines;
}

function atxHeading(line: DocumentLine): Heading | undefined {
  const marks = /^ {0,3}(#{1,6})(?=\s)/.exec(line.text)?.[1];
  if (marks === undefined) return undefined;
  const rest = line.text.trim().slice(marks.length).trim();
  // Steps instead of one expression: it would be quadratic in runs of spaces.
  let end = rest.length;
  while (rest[end - 1] === "#") end -= 1;
  const text = end < rest.length && /\s/.test(rest[end - 1] ?? " ") ? rest.slice(0, end) : rest;
  return { level: marks.length, text: plainText(text), line: line.number };
}

function htmlHeading(line: DocumentLine): Heading | undefined {
  const match = /<h([1-6])\b[^>]{0,200}>(.{1,300}?)<\/h\1>/i.exec(line.text);
  return match === null
    ? undefined
    : { level: Number(match[1]), text: plainText(match[2] ?? ""), line: line.number };
}

/** Setext headings, and the underlined titles of reStructuredText. */
function underlined(title: DocumentLine, line: DocumentLine): Heading | undefined {
  const text = title.text.trim();
  if (text === "" || title.fence !== undefined || !/^(?:={3,}|-{3,}|~{3,}|\*{3,})\s*$/.test(line.text))
    return undefined;
  if (/^[-=|*+>#\s]/.test(text) || text.includes("|")) return undefined;
  return {
    level: line.text.startsWith("=") || line.text.startsWith("*") ? 1 : 2,
    text: plainText(text),
    line: title.number,
  };
}

function frontMatterTitle(text: string): string | undefined {
  if (!text.startsWith("---")) return undefined;
  const head = text.slice(0, 2_000);
  return /^title:\s*["']?(.+?)["']?\s*$/m.exec(head.slice(0, head.indexOf("\n---", 3)))?.[1];
}

/** Without images, tags, link targets and emphasis. */
export function plainText(markdown: string): string {
  return markdown
    .slice(0, 2_000)
    .replaceAll(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])/g, "")
    .replaceAll(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replaceAll(/(?<!\w)\[([^\]]{1,100})\](?![(:[])/g, "$1")
    .replaceAll(/<[^>]{0,500}>/g, "")
    .replaceAll(/`{1,3}([^`]+)`{1,3}/g, "$1")
    .replaceAll(/\*{1,3}([^*]+)\*{1,3}/g, "$1")
    .replaceAll(/(?<!\w)_{1,3}([^_]+)_{1,3}(?!\w)/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim();
}

import {
  type FilePatch,
  type Hunk,
  type HunkLine,
  hunkLineOf,
  numbersOf,
  type ParsedPatch,
} from "./file-patch.ts";

const fileMark = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const moveMark = /^\*\*\* Move to: (.+)$/;

/** Whether lines are a patch of the form that `parseMarkedPatch` reads. */
export function isMarkedPatch(lines: readonly string[]): boolean {
  return lines.some((line) => line.trim() === "*** Begin Patch" || fileMark.test(line.trim()));
}

/**
 * Reads `*** Begin Patch`, sections `*** Add File: …`, `*** Update File: …` (with `*** Move to: …`) and
 * `*** Delete File: …`, `*** End Patch`. Hunks begin with `@@`, which may name a line that stands before.
 */
export function parseMarkedPatch(lines: readonly string[]): ParsedPatch {
  const files: FilePatch[] = [];
  let at = lines.findIndex((line) => fileMark.test(line.trim()));
  if (at === -1) return fault("there is no *** Add File, *** Update File or *** Delete File in it");
  while (at < lines.length) {
    const mark = fileMark.exec((lines[at] ?? "").trim());
    if (mark === null) {
      if (isEnd(lines[at]) || lines[at]?.trim() === "") break;
      return fault(`line ${at + 1} stands in no file: ${shown(lines[at])}`);
    }
    const [, verb = "", path = ""] = mark;
    const end = endOfSection(lines, at + 1);
    const section = sectionOf(verb, path.trim(), { lines: lines.slice(at + 1, end), first: at + 2 });
    if ("reason" in section) return section;
    files.push(section);
    at = end;
  }
  return { kind: "patch", files };
}

interface Section {
  readonly lines: readonly string[];
  /** Number of its first line in the patch. */
  readonly first: number;
}

function endOfSection(lines: readonly string[], from: number): number {
  const end = lines.findIndex((line, at) => at >= from && (fileMark.test(line.trim()) || isEnd(line)));
  return end === -1 ? lines.length : end;
}

function isEnd(line: string | undefined): boolean {
  return line?.trim() === "*** End Patch";
}

function sectionOf(verb: string, path: string, section: Section): FilePatch | ReturnType<typeof fault> {
  const file = { path, newPath: null, hunks: [], isExecutable: false };
  if (verb === "Delete") return { ...file, kind: "delete" };
  if (verb === "Add") return addedFile(file, section);
  const move = moveMark.exec((section.lines[0] ?? "").trim());
  const body = move === null ? section : { lines: section.lines.slice(1), first: section.first + 1 };
  const hunks = hunksOf(body);
  if (!Array.isArray(hunks)) return hunks;
  if (hunks.length === 0 && move === null) return fault(`there is no change for ${path}`);
  return { ...file, kind: "update", newPath: move?.[1]?.trim() ?? null, hunks };
}

function addedFile(
  file: Omit<FilePatch, "kind">,
  { lines, first }: Section,
): FilePatch | ReturnType<typeof fault> {
  const last = lines.findLastIndex((line) => line !== "");
  const body = lines.slice(0, last + 1);
  const bad = body.findIndex((line) => !line.startsWith("+"));
  if (bad !== -1) {
    return fault(
      `line ${first + bad} must begin with +, as every line of an added file: ${shown(body[bad])}`,
    );
  }
  const added = body.map((line): HunkLine => ({ kind: "add", text: line.slice(1), hasNoEnd: false }));
  return { ...file, kind: "add", hunks: [{ startLine: null, headings: [], lines: added, isAtEnd: true }] };
}

function hunksOf({ lines, first }: Section): Hunk[] | ReturnType<typeof fault> {
  const hunks: Hunk[] = [];
  let open: OpenHunk = emptyHunk();
  const close = (): void => {
    if (open.lines.length > 0) hunks.push({ ...open, lines: withoutLastBlank(open.lines) });
    open = emptyHunk();
  };
  for (const [at, line] of lines.entries()) {
    if (line.startsWith("@@")) {
      if (open.lines.length > 0) close();
      addHeading(open, line);
    } else if (line.trim() === "*** End of File") {
      open.isAtEnd = true;
      close();
    } else if (!line.startsWith("\\ No newline")) {
      const read = hunkLineOf(line);
      if (read === null)
        return fault(`line ${first + at} begins with neither space, + nor -: ${shown(line)}`);
      open.lines.push(read);
    }
  }
  close();
  return hunks.filter(({ lines: body }) => body.length > 0);
}

interface OpenHunk {
  startLine: number | null;
  readonly headings: string[];
  readonly lines: HunkLine[];
  isAtEnd: boolean;
}

function emptyHunk(): OpenHunk {
  return { startLine: null, headings: [], lines: [], isAtEnd: false };
}

function addHeading(open: OpenHunk, line: string): void {
  const numbers = numbersOf(line);
  if (numbers !== null) {
    open.startLine = numbers.start;
    return;
  }
  const words = line.replace(/^@@+\s?/, "").trimEnd();
  const heading = words.endsWith("@@") ? words.slice(0, -2).trimEnd() : words;
  if (heading.trim() !== "" && !/^[-+,.\d\s]*$/.test(heading)) open.headings.push(heading);
}

// An empty line without its space before the next mark belongs to nobody.
function withoutLastBlank(lines: readonly HunkLine[]): HunkLine[] {
  const last = lines.findLastIndex(({ kind, text }) => kind !== "keep" || text !== "");
  return lines.slice(0, last + 1);
}

function shown(line: string | undefined): string {
  return JSON.stringify((line ?? "").slice(0, 120));
}

function fault(reason: string): { kind: "fault"; reason: string } {
  return { kind: "fault", reason };
}

import { languageOf } from "../files/classify.ts";
import type {
  Answer,
  PageAnswer,
  PageQuery,
  QueriedFile,
  Query,
  ReferencesAnswer,
  ReferencesQuery,
} from "./query.ts";
import { type NamePlace, referencesIn } from "./references-in.ts";
import { wordPlaces } from "./word-places.ts";

/** Answers in the process that may be killed for it. Parsers are loaded for what occurs only. */
export async function answerQuery(query: Query): Promise<Answer> {
  switch (query.kind) {
    case "references":
      return await findReferences(query);
    case "page":
      return await readPage(query);
    case "outline":
      return await (await import("../map/make-outline.ts")).makeOutline(query.root);
  }
}

async function readPage(query: PageQuery): Promise<PageAnswer> {
  const { pageToMarkdown } = await import("./page-to-markdown.ts");
  return pageToMarkdown(query);
}

async function findReferences({ name, files, maxPlaces }: ReferencesQuery): Promise<ReferencesAnswer> {
  const found: { path: string; place: NamePlace; text: string }[] = [];
  for (const file of files) {
    const places = await placesIn(file, name);
    const lines = file.text.split("\n");
    for (const place of places) {
      found.push({
        path: file.path,
        place,
        text: (lines[place.line - 1] ?? "").trim().slice(0, maxLineCharacters),
      });
    }
  }
  const ordered = found.toSorted((a, b) => Number(isLater(a.place)) - Number(isLater(b.place)));
  const places = ordered.slice(0, maxPlaces).map(({ path, place, text }) => {
    return { file: path, line: place.line, kind: place.kind, text };
  });
  return { places, total: found.length };
}

const maxLineCharacters = 200;

function isLater({ kind }: NamePlace): boolean {
  return kind !== "definition";
}

async function placesIn(file: QueriedFile, name: string): Promise<readonly NamePlace[]> {
  const language = languageOf(file.path);
  if (language !== "typescript" && language !== "javascript" && language !== "python") {
    return wordPlaces(file.text, name);
  }
  try {
    return await referencesIn(file, language, name);
  } catch (error) {
    // Nested too deeply for any parser.
    if (error instanceof RangeError) return wordPlaces(file.text, name);
    throw error;
  }
}

import type { QueriedFile, ReferenceKind } from "./query.ts";

export interface NamePlace {
  /** From 1. */
  readonly line: number;
  readonly kind: ReferenceKind;
}

/** Where a name stands in a file as an identifier: not in strings, not in comments. Once for each line and kind. */
export async function referencesIn(
  file: QueriedFile,
  language: "typescript" | "javascript" | "python",
  name: string,
): Promise<readonly NamePlace[]> {
  if (language === "python") {
    const { pythonReferences } = await import("./python-references.ts");
    return onceEach(pythonReferences(file.text, name));
  }
  const { typescriptReferences } = await import("./typescript-references.ts");
  return onceEach(typescriptReferences(file, name));
}

function onceEach(places: readonly NamePlace[]): NamePlace[] {
  const unique = new Map(places.map((place) => [`${place.kind} ${place.line}`, place]));
  return [...unique.values()].toSorted((a, b) => a.line - b.line);
}

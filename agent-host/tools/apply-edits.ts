import { explainMissing, lineAt } from "./near-miss.ts";

export interface TextEdit {
  readonly oldText: string;
  readonly newText: string;
  readonly replaceAll: boolean;
}

export type EditedText =
  | { readonly kind: "edited"; readonly text: string; readonly replaced: number }
  | { readonly kind: "fault"; readonly reason: string };

const maxShownPlaces = 10;
const maxReplacements = 10_000;

/** Makes edits one after the other, each on what the one before left; the first that does not fit undoes all. */
export function applyEdits(text: string, edits: readonly TextEdit[]): EditedText {
  let current = text;
  let replaced = 0;
  for (const [at, edit] of edits.entries()) {
    const outcome = applyEdit(current, edit);
    if (outcome.kind === "fault") {
      const which = edits.length === 1 ? "" : `edit ${at + 1} of ${edits.length}: `;
      return { kind: "fault", reason: `${which}${outcome.reason}. Nothing was changed.` };
    }
    current = outcome.text;
    replaced += outcome.replaced;
  }
  return { kind: "edited", text: current, replaced };
}

function applyEdit(text: string, edit: TextEdit): EditedText {
  const { oldText, newText } = withLineEnds(text, edit);
  const places = placesOf(text, oldText);
  if (places.length === 0) {
    return refuse(`oldText does not stand in the file: ${explainMissing(text, edit.oldText, edit.newText)}`);
  }
  if (places.length > 1 && !edit.replaceAll) return refuse(ambiguous(text, places));
  if (places.length > maxReplacements) return refuse(`oldText stands in more than ${maxReplacements} places`);
  // Not String.replace: newText may hold what it reads as a pattern.
  return { kind: "edited", text: text.split(oldText).join(newText), replaced: places.length };
}

// Models write LF, whatever the file has. Where ends are mixed, the text must stand there as it was given.
function withLineEnds(text: string, { oldText, newText }: TextEdit): { oldText: string; newText: string } {
  if (!text.includes("\r\n")) {
    const isMeant = oldText.includes("\r\n") && !text.includes(oldText);
    return isMeant ? { oldText: toLf(oldText), newText: toLf(newText) } : { oldText, newText };
  }
  if (isMixed(text) && text.includes(oldText)) return { oldText, newText };
  return { oldText: toCrLf(oldText), newText: toCrLf(newText) };
}

function isMixed(text: string): boolean {
  return /(?:^|[^\r])\n/.test(text);
}

function toLf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function toCrLf(text: string): string {
  return text.replaceAll(/\r?\n/g, "\r\n");
}

function placesOf(text: string, piece: string): number[] {
  const places: number[] = [];
  let at = text.indexOf(piece);
  while (at !== -1 && places.length <= maxReplacements) {
    places.push(at);
    at = text.indexOf(piece, at + piece.length);
  }
  return places;
}

function ambiguous(text: string, places: readonly number[]): string {
  const lines = places.slice(0, maxShownPlaces).map((at) => lineAt(text, at));
  const more = places.length > lines.length ? ", …" : "";
  const where = `on lines ${lines.join(", ")}${more}`;
  return `oldText stands in ${places.length} places (${where}); give more of what is around it, or set replaceAll`;
}

function refuse(reason: string): { kind: "fault"; reason: string } {
  return { kind: "fault", reason };
}

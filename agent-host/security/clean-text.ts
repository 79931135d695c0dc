import { withoutHidden } from "../protocol/visible.ts";
import type { Redactor } from "./redactor.ts";

/** What others wrote, as a model may read it: without secrets, and without characters that nobody sees. */
export function cleanText(text: string, redactor: Pick<Redactor, "redact">): string {
  const { text: seen, hidden } = withoutHidden(text);
  const safe = redactor.redact(seen);
  return hidden === 0 ? safe : `${safe}\n[${hidden} hidden characters were removed from this text]`;
}

/**
 * Parses JSON with comments and trailing commas, as in tsconfig.json. Undefined for text that is neither.
 */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Comments are usual in these files; the second try settles it.
  }
  try {
    return JSON.parse(withoutComments(text).replace(/,(\s*[}\]])/g, "$1"));
  } catch {
    return undefined;
  }
}

export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** Every string inside a JSON value, up to `limit` of them. */
export function stringsIn(value: unknown, limit: number, found: string[] = []): string[] {
  if (found.length >= limit) return found;
  if (typeof value === "string") found.push(value);
  else if (Array.isArray(value)) for (const item of value) stringsIn(item, limit, found);
  else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) stringsIn(item, limit, found);
  }
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('"') ? match : " ",
  );
}

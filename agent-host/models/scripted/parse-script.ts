import { HostError } from "../../core/host-error.ts";
import { type Script, scriptSchema } from "../../protocol/script.ts";
import { placeOfJsonError } from "./json-place.ts";

/**
 * The script a text holds, JSON of format 1.
 *
 * @throws HostError `script.invalid` naming the place (`agents.tester[2].toolCalls[0].name`, or line and column where
 * it is not JSON) and the reason.
 */
export function parseScript(text: string): Script {
  const parsed = scriptSchema.safeParse(parseJson(text.replace(/^\uFEFF/, "")));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const others = parsed.error.issues.length - 1;
  const more = others === 0 ? "" : ` (and ${others} more)`;
  throw invalid(`${placeOf(first?.path ?? [])}: ${first?.message ?? "not a script"}${more}`, parsed.error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { line, column } = placeOfJsonError(text);
    throw invalid(`line ${line}, column ${column}: this is not JSON`, error);
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const place = path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`))
    .join("");
  return place === "" ? "the script" : place;
}

function invalid(reason: string, cause: unknown): HostError {
  return new HostError("script.invalid", `The script cannot be used: ${reason}`, {
    hint: "Correct the script at this place",
    cause,
  });
}

import * as z from "zod";
import { rulesSchema } from "../protocol/rules.ts";

/** The JSON Schema of rules files, for editors. A file may hold any part of the rules; what a list holds is whole. */
export function rulesJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(rulesSchema, { target: "draft-7", io: "input", reused: "inline" });
  return {
    ...withoutRequired(schema),
    title: "Rules of Agent Team",
    description:
      "What differs from the rules below: shipped, then the user's, then the workspace's, which may only tighten. Maps are merged; a list replaces the one below.",
  };
}

/** Down to the lists, which replace what is below as a whole and so must be complete. */
function withoutRequired(schema: object): Record<string, unknown> {
  const kept = Object.entries(schema).filter(([key]) => key !== "required");
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      key === "properties" ? eachWithoutRequired(value) : loosened(key, value),
    ]),
  );
}

function eachWithoutRequired(properties: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, withoutRequired(value as object)]),
  );
}

/** The values of a record are merged too. */
function loosened(key: string, value: unknown): unknown {
  return key === "additionalProperties" && typeof value === "object" && value !== null
    ? withoutRequired(value)
    : value;
}

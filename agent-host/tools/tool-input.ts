import * as z from "zod";
import type { ToolDeclaration } from "../models/model.ts";
import { badCallMark } from "../protocol/conversation.ts";
import type { Tool, ToolOutput } from "./tool.ts";
import { fault } from "./tool-output.ts";

type Declared = Pick<Tool, "name" | "description" | "input">;

export type ParsedInput<Input> =
  | { readonly kind: "input"; readonly input: Input }
  | { readonly kind: "fault"; readonly output: ToolOutput };

/**
 * What a model passed, as the tool's own input; else one line that tells the model what does not fit. The line begins
 * with `badCallMark`, by which the agent loop counts calls that make no sense.
 */
export function parseToolInput<Input>(
  tool: Pick<Tool<Input>, "name" | "description" | "input">,
  input: unknown,
): ParsedInput<Input> {
  const parsed = tool.input.safeParse(input);
  if (parsed.success) return { kind: "input", input: parsed.data };
  const faults = parsed.error.issues.slice(0, 5).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
  });
  const reason = faults.join("; ").replaceAll(/\s+/g, " ").slice(0, 1_000);
  return { kind: "fault", output: fault(`${badCallMark}${tool.name} cannot take this input: ${reason}`) };
}

/** The result of a call whose tool there is not. */
export function unknownTool(name: string, known: readonly string[]): ToolOutput {
  const shown = JSON.stringify(name.slice(0, 100));
  return fault(`${badCallMark}there is no tool ${shown}; there are ${known.join(", ")}`);
}

/** A tool as a model sees it. */
export function declarationOf({ name, description, input }: Declared): ToolDeclaration {
  const { $schema, ...inputSchema } = z.toJSONSchema(input, {
    // What `lenientObject` and other preparations let through, not what stands before them: that is anything.
    io: "output",
    unrepresentable: "any",
    override: ({ jsonSchema }) => asInput(jsonSchema),
  });
  return { name, description, inputSchema };
}

/**
 * An object with these fields, which also takes them under the other names that models are used to. Fields it does
 * not know are left out.
 */
export function lenientObject<Shape extends z.ZodRawShape>(
  shape: Shape,
  otherNames: Readonly<Record<string, string>>,
): z.ZodType<z.output<z.ZodObject<Shape>>> {
  return z.preprocess((value) => renamed(value, otherNames), z.object(shape));
}

function renamed(value: unknown, otherNames: Readonly<Record<string, string>>): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const entries = new Map(Object.entries(value));
  for (const [other, own] of Object.entries(otherNames)) {
    if (entries.has(other) && !entries.has(own)) entries.set(own, entries.get(other));
  }
  return Object.fromEntries(entries);
}

// Of an output everything is there; of an input what has a default may be left out, and more may stand in it.
function asInput(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.type !== "object") return;
  delete schema.additionalProperties;
  const required = (schema.required ?? []).filter((name) => !hasDefault(schema.properties?.[name]));
  delete schema.required;
  if (required.length > 0) schema.required = required;
}

function hasDefault(schema: z.core.JSONSchema._JSONSchema | undefined): boolean {
  return typeof schema === "object" && schema.default !== undefined;
}

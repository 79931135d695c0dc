/** The part of JSON Schema that zod writes for this protocol. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  default?: unknown;
  [other: string]: unknown;
}

const maxLineLength = 100;

/** A JSON Schema in the notation of TypeScript's types, limits as comments. */
export function typeNotation(schema: JsonSchema, indent = ""): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "unknown";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) return parts.map((part) => typeNotation(part, indent)).join(" | ");
  if (schema.allOf !== undefined) return schema.allOf.map((part) => typeNotation(part, indent)).join(" & ");
  return withLimits(plainType(schema, indent), schema);
}

function plainType(schema: JsonSchema, indent: string): string {
  switch (schema.type) {
    case "object":
      return objectType(schema, indent);
    case "array": {
      const item = typeNotation(schema.items ?? {}, indent);
      return / [|&] /.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
    }
    case undefined:
      return "unknown";
    default:
      return schema.type;
  }
}

function objectType(schema: JsonSchema, indent: string): string {
  const rest = schema.additionalProperties;
  if (schema.properties === undefined) {
    return `Record<string, ${typeof rest === "object" ? typeNotation(rest, indent) : "unknown"}>`;
  }
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties).map(([name, value]) => {
    const isOptional = !(schema.required ?? []).includes(name);
    return `${name}${isOptional ? "?" : ""}: ${typeNotation(value, inner)}`;
  });
  const line = fields.length === 0 ? "{}" : `{ ${fields.join("; ")} }`;
  if (line.length + indent.length <= maxLineLength && !line.includes("\n")) return line;
  return `{\n${fields.map((text) => `${inner}${text};\n`).join("")}${indent}}`;
}

function withLimits(type: string, schema: JsonSchema): string {
  const isSafeMaximum = schema.maximum === Number.MAX_SAFE_INTEGER;
  const isSafeMinimum = schema.minimum === Number.MIN_SAFE_INTEGER;
  const limits = [
    limit("≥ ", isSafeMinimum ? undefined : schema.minimum),
    limit("> ", schema.exclusiveMinimum),
    limit("≤ ", isSafeMaximum ? undefined : schema.maximum),
    limit("at least characters: ", schema.minLength),
    limit("at most characters: ", schema.maxLength),
    limit("at most items: ", schema.maxItems),
    // The pattern of a date is a page long and says nothing that its name does not.
    schema.format === "date-time" ? ["date and time, ISO 8601, UTC"] : limit("matches ", schema.pattern),
    schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`],
  ].flat();
  return limits.length === 0 ? type : `${type} /* ${limits.join(", ").replaceAll("*/", "*\\/")} */`;
}

function limit(words: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${words}${value}`];
}

import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { eventDataSchemas } from "../../agent-host/protocol/events.ts";
import { methods, notifications } from "../../agent-host/protocol/methods.ts";
import { protocolRange } from "../../agent-host/protocol/protocol-range.ts";
import { docComments } from "./doc-comments.ts";
import { type JsonSchema, typeNotation } from "./type-notation.ts";

const folder = join(import.meta.dirname, "..", "..", "agent-host", "protocol");

/** PROTOCOL.md, made from the schemas and doc comments of `agent-host/protocol/`. */
export async function protocolDocument(): Promise<string> {
  const sources = protocolSources();
  const names = await namedSchemas([...sources.keys()]);
  const docs = docComments([...sources.values()]);
  const doc = (name: string) => docs.get(name) ?? "";
  return [
    heading(digestOf(sources)),
    "## Requests\n",
    ...Object.entries(methods).map(([name, { params, result }]) => {
      const types = `${field("params", params, names, "input")}\n${field("result", result, names, "output")}`;
      return section(`\`${name}\``, doc(name), types);
    }),
    "## Notifications\n",
    ...Object.entries(notifications).map(([name, params]) =>
      section(`\`${name}\``, doc(name), field("params", params, names, "output")),
    ),
    "## Events\n\nThe `data` of a journal entry, by its `type`.\n",
    ...Object.entries(eventDataSchemas).map(([name, data]) =>
      section(`\`${name}\``, doc(name), field("data", data, names, "output")),
    ),
    "## Types\n",
    ...[...names].map(([schema, name]) => {
      const type = typeNotation(jsonSchemaOf(schema, names, "output"));
      return section(name, doc(`${camelCase(name)}Schema`), `type ${name} = ${type}`);
    }),
  ].join("\n");
}

type IoMode = "input" | "output";
type Names = ReadonlyMap<z.ZodType, string>;

function heading(digest: string): string {
  return `# Protocol

Made from \`agent-host/protocol/\` by \`npm run protocol-doc\`; do not edit. Versions ${protocolRange.min} to ${protocolRange.max}.
SHA-256 of that folder: \`${digest}\`

JSON-RPC 2.0 over WebSocket. The address and the token are in \`host.json\` of the workspace's state folder. Errors are
\`{ code: -32000, message, data: { code: "area.name", hint? } }\`; the standard codes mean what JSON-RPC says.
Types are in the notation of TypeScript, limits as comments; \`integer\` is a whole number. Unless a text says otherwise no other field is accepted.
`;
}

function section(title: string, doc: string, types: string): string {
  return `### ${title}\n\n${doc === "" ? "" : `${doc}\n\n`}\`\`\`ts\n${types}\n\`\`\`\n`;
}

function field(label: string, schema: z.ZodType, names: Names, io: IoMode): string {
  return `${label}: ${typeNotation(jsonSchemaOf(schema, names, io))}`;
}

function jsonSchemaOf(schema: z.ZodType, names: Names, io: IoMode): JsonSchema {
  const metadata = z.registry<{ id: string }>();
  // A schema that is asked for itself is written out; only those inside it are named.
  for (const [each, id] of names) if (each !== schema) metadata.add(each, { id });
  return z.toJSONSchema(schema, { io, metadata, unrepresentable: "any" }) as JsonSchema;
}

/** Every exported `…Schema` of the protocol, by the name of its type, in the order of the alphabet. */
async function namedSchemas(paths: readonly string[]): Promise<Names> {
  const found: [z.ZodType, string][] = [];
  for (const path of paths) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(folder, path)).href);
    for (const [name, value] of Object.entries(module)) {
      if (!name.endsWith("Schema") || !(value instanceof z.ZodType)) continue;
      const typeName = name.slice(0, -"Schema".length);
      found.push([value, typeName.charAt(0).toUpperCase() + typeName.slice(1)]);
    }
  }
  return new Map(found.sort(([, a], [, b]) => (a < b ? -1 : 1)));
}

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function protocolSources(): Map<string, string> {
  const paths = globSync("**/*.ts", { cwd: folder }).map((path) => path.replaceAll("\\", "/"));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** Changes with every byte of the folder, so that no change of the protocol goes unseen. */
function digestOf(sources: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [path, text] of sources) hash.update(`${basename(path)}\0${text.length}\0${text}`);
  return hash.digest("hex");
}

import * as z from "zod";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import { globFilter } from "./glob.ts";
import { readCall } from "./read-call.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { outputOf } from "./tool-output.ts";
import type { TreePlace } from "./tree-path.ts";
import { factOf } from "./visible-text.ts";
import { walkTree } from "./walk-tree.ts";

const listFilesInput = lenientObject(
  {
    path: z.string().min(1).default(".").describe("Folder, relative to the root of the project"),
    pattern: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe("Glob that paths must fit: *.ts, src/**/*.test.ts"),
  },
  { folder: "path", directory: "path", dir: "path", glob: "pattern" },
);
export type ListFilesInput = z.output<typeof listFilesInput>;

// Entries that are looked at, whether they fit or not.
const maxEntries = 50_000;

/** Lists files. */
export function listFilesTool(): Tool<ListFilesInput> {
  return {
    name: "list_files",
    onlyReads: true,
    description:
      "List the files of the project or of one of its folders, one path a line; folders of dependencies left out.",
    input: listFilesInput,
    prepare: prepareList,
  };
}

async function prepareList(input: ListFilesInput, context: ToolContext): Promise<PreparedCall | ToolOutput> {
  return await readCall(context, {
    path: input.path,
    facts: ({ path }) => [factOf("list", path)],
    perform: (place, signal) => listed(place, input, signal),
  });
}

async function listed(
  place: TreePlace,
  { pattern }: ListFilesInput,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const fits = pattern === undefined ? () => true : globFilter(pattern);
  const shown: string[] = [];
  let room = maxToolResultBytes - 200;
  let [seen, left] = [0, 0];
  for await (const { path, kind } of walkTree(place, signal)) {
    seen += 1;
    if (seen > maxEntries)
      return outputOf(`${shown.join("")}[stopped after ${maxEntries} files; name a folder]`);
    if (!fits(path) && !fits(belowPlace(path, place))) continue;
    const line = `${oneLine(path)}${kind === "link" ? " (symbolic link)" : ""}\n`;
    room -= Buffer.byteLength(line);
    if (room < 0) left += 1;
    else shown.push(line);
  }
  if (left > 0) return outputOf(`${shown.join("")}[${left} more; name a folder or a pattern]`);
  return outputOf(shown.length === 0 ? "[no files]" : shown.join(""));
}

// A pattern may also be meant from the folder that is listed.
function belowPlace(path: string, place: TreePlace): string {
  return place.path === "." ? path : path.slice(place.path.length + 1);
}

// File names may hold line ends, which would make two paths of one.
function oneLine(path: string): string {
  return path.replaceAll(/\p{Cc}/gu, "\uFFFD");
}

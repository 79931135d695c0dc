import { deleteFileTool } from "./delete-file.ts";
import { editFileTool } from "./edit-file.ts";
import { listFilesTool } from "./list-files.ts";
import { readFileTool } from "./read-file.ts";
import { type RunCommandOptions, runCommandTool } from "./run-command.ts";
import { searchTextTool } from "./search-text.ts";
import type { Tool } from "./tool.ts";
import { writeFileTool } from "./write-file.ts";

/** The tools every installation has. What an agent gets of them stands in its prompt. */
export function builtInTools(options: RunCommandOptions): Tool[] {
  return [
    readFileTool(),
    listFilesTool(),
    searchTextTool(),
    writeFileTool(),
    editFileTool(),
    deleteFileTool(),
    runCommandTool(options),
  ];
}

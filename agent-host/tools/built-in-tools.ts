import type { AnalysisQueries } from "../analysis/queries/query.ts";
import { applyPatchTool } from "./apply-patch.ts";
import { commandOutputTool, stopCommandTool } from "./command-output.ts";
import { deleteFileTool } from "./delete-file.ts";
import { diagnosticsTool } from "./diagnostics.ts";
import { editFileTool } from "./edit-file.ts";
import { findReferencesTool } from "./find-references.ts";
import { listFilesTool } from "./list-files.ts";
import { readFileTool } from "./read-file.ts";
import { type RunCommandOptions, runCommandTool } from "./run-command.ts";
import { searchTextTool } from "./search-text.ts";
import type { Tool } from "./tool.ts";
import { type WebFetchOptions, webFetchTool } from "./web-fetch.ts";
import { writeFileTool } from "./write-file.ts";

/** What tools reach besides the task's tree. */
export interface BuiltInToolsOptions extends RunCommandOptions, Pick<WebFetchOptions, "fetchPage" | "clock"> {
  readonly queries: AnalysisQueries;
}

/** The tools every installation has. What an agent gets of them stands in its prompt. */
export function builtInTools(options: BuiltInToolsOptions): Tool[] {
  const { background, queries, fetchPage, clock } = options;
  return [
    readFileTool(),
    listFilesTool(),
    searchTextTool(),
    findReferencesTool(queries),
    diagnosticsTool(queries),
    writeFileTool(),
    editFileTool(),
    applyPatchTool(),
    deleteFileTool(),
    runCommandTool(options),
    commandOutputTool(background),
    stopCommandTool(background),
    webFetchTool({ fetchPage, toMarkdown: queries.page, clock }),
  ];
}

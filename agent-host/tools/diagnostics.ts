import * as z from "zod";
import type { AnalysisQueries, DiagnosticsAnswer } from "../analysis/queries/query.ts";
import { isHostError } from "../core/host-error.ts";
import { maxToolResultBytes } from "../protocol/conversation.ts";
import type { Finding, Severity } from "../protocol/finding.ts";
import type { PreparedCall, Tool, ToolContext, ToolOutput } from "./tool.ts";
import { lenientObject } from "./tool-input.ts";
import { fault, outputOf } from "./tool-output.ts";
import { locate } from "./tree-path.ts";
import { factOf, visibleText } from "./visible-text.ts";

const diagnosticsInput = lenientObject(
  {
    paths: z
      .preprocess(
        (given) => (typeof given === "string" ? [given] : given),
        z.array(z.string().min(1)).max(50),
      )
      .default([])
      .describe("Files and folders, relative to the root of the project; all if left out"),
  },
  { path: "paths", files: "paths", file: "paths", file_path: "paths" },
);
export type DiagnosticsInput = z.output<typeof diagnosticsInput>;

const order: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
const maxFindings = 200;

/** What the analysis finds in files of the task's tree. */
export function diagnosticsTool({
  diagnostics,
}: Pick<AnalysisQueries, "diagnostics">): Tool<DiagnosticsInput> {
  return {
    name: "diagnostics",
    onlyReads: true,
    description:
      "What a static analysis finds in files, with places: syntax errors, imports that lead nowhere, cycles, secrets, " +
      "unsafe calls, complexity. Quick; ask after you changed code. It knows no types: for type errors, lint and tests " +
      "run the project's own commands with run_command.",
    input: diagnosticsInput,
    prepare: ({ paths }, context) => prepareDiagnostics(paths, context, diagnostics),
  };
}

async function prepareDiagnostics(
  given: readonly string[],
  context: ToolContext,
  diagnostics: AnalysisQueries["diagnostics"],
): Promise<PreparedCall | ToolOutput> {
  const paths: string[] = [];
  for (const path of given) {
    const located = await locate(context.folder, path);
    if (located.kind === "refused") return fault(located.reason);
    if (located.place.isLinked) return fault(`${located.place.path} lies in a folder of dependencies`);
    paths.push(located.place.path);
  }
  return {
    access: { kind: "read", paths: paths.length === 0 ? ["."] : paths },
    hasEffect: false,
    facts: paths.length === 0 ? ["analyse: everything"] : [factOf("analyse", paths.join(", "))],
    check: { kind: "none" },
    perform: (signal) => look({ root: context.folder, paths }, diagnostics, signal),
    recovered: () => fault("Nothing was analysed; make the call again"),
  };
}

async function look(
  query: { readonly root: string; readonly paths: readonly string[] },
  diagnostics: AnalysisQueries["diagnostics"],
  signal: AbortSignal,
): Promise<ToolOutput> {
  try {
    return outputOf(shown(await diagnostics(query, signal), query.paths));
  } catch (error) {
    signal.throwIfAborted();
    if (!isHostError(error)) throw error;
    return fault(`The analysis failed: ${error.message}. Run the project's own checks with run_command`);
  }
}

function shown({ findings, files }: DiagnosticsAnswer, paths: readonly string[]): string {
  const sorted = findings.toSorted((a, b) => {
    return order[a.severity] - order[b.severity] || comparePlaces(a, b);
  });
  const lines: string[] = [];
  let room = maxToolResultBytes - 600;
  for (const finding of sorted.slice(0, maxFindings)) {
    const line = `${lineOf(finding)}\n`;
    room -= Buffer.byteLength(line);
    if (room < 0) break;
    lines.push(line);
  }
  const left = sorted.length - lines.length;
  const where = paths.length === 0 ? `${files} files` : paths.map(visibleText).join(", ").slice(0, 500);
  return [
    ...lines,
    ...(lines.length === 0 ? [`[nothing found in ${where}]\n`] : []),
    ...(left > 0 ? [`[${left} more are left out, none more severe; name fewer files]\n`] : []),
    "[syntax of TypeScript and JavaScript, imports and rules only; type errors and Python's syntax come from the project's own checker]",
  ].join("");
}

function comparePlaces(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.range.startLine - b.range.startLine;
}

function lineOf({ file, range, severity, ruleId, message, remedy }: Finding): string {
  const mend = remedy === "" ? "" : ` → ${remedy}`;
  return `${visibleText(file)}:${range.startLine}:${range.startColumn}: ${severity} ${ruleId}: ${message}${mend}`;
}

import type { FileFacts, LanguageAnalyzer, SourceFile } from "../file-facts.ts";
import { pythonExports } from "./python-exports.ts";
import { pythonFunctions } from "./python-functions.ts";
import { mutableDefaults, swallowedExceptions } from "./python-habits.ts";
import { pythonImports } from "./python-imports.ts";
import { pythonDuplicateTokens } from "./python-tokens.ts";
import { parsePython } from "./python-tree.ts";
import { unsafeCalls } from "./unsafe-calls.ts";

/** Python 3 files, also broken ones: the parser recovers, and says where it first had to in `parseProblem`. */
export const pythonAnalyzer: LanguageAnalyzer = {
  languages: ["python"],
  analyze(file: SourceFile): FileFacts {
    const source = parsePython(file);
    const { firstError, lines } = source;
    return {
      path: file.path,
      language: "python",
      lines: lines.lineCount,
      bytes: file.bytes,
      imports: pythonImports(source),
      exports: pythonExports(source),
      functions: pythonFunctions(source),
      findings: [...unsafeCalls(source), ...swallowedExceptions(source), ...mutableDefaults(source)],
      duplicateTokens: pythonDuplicateTokens(source),
      ...(firstError === undefined
        ? {}
        : { parseProblem: `syntax not understood in line ${lines.lineAt(firstError)}` }),
    };
  },
};

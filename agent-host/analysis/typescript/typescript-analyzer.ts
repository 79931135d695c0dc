import * as ts from "typescript-parser";
import { messageOf } from "../../core/host-error.ts";
import type { FileFacts, LanguageAnalyzer, SourceFile } from "../file-facts.ts";
import { roleOf } from "../files/file-role.ts";
import { FactWalk } from "./fact-walk.ts";
import { scriptKind } from "./script-kind.ts";

/** Facts of TypeScript and JavaScript files, from the syntax tree alone. */
export const typescriptAnalyzer: LanguageAnalyzer = {
  languages: ["typescript", "javascript"],
  analyze(file) {
    try {
      return factsOf(file);
    } catch (error) {
      // Brackets nested thousands deep overflow the stack of the parser, and of every other tool.
      if (error instanceof RangeError) return emptyFacts(file, `nested too deeply: ${messageOf(error)}`);
      throw error;
    }
  },
};

function factsOf(file: SourceFile): FileFacts {
  const source = ts.createSourceFile(
    file.path,
    file.text,
    { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone },
    false,
    scriptKind(file.path),
  );
  const facts = new FactWalk(source, file, roleOf(file.path)).run();
  const problem = syntaxError(source);
  return { ...facts, ...(problem === undefined ? {} : { parseProblem: problem }) };
}

function syntaxError(source: ts.SourceFile): string | undefined {
  const { parseDiagnostics } = source as ts.SourceFile & {
    parseDiagnostics?: readonly ts.DiagnosticWithLocation[];
  };
  const first = parseDiagnostics?.[0];
  if (first === undefined) return undefined;
  const { line, character } = source.getLineAndCharacterOfPosition(first.start);
  return `${line + 1}:${character + 1} ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`;
}

function emptyFacts(file: SourceFile, parseProblem: string): FileFacts {
  return {
    path: file.path,
    language: file.language,
    lines: file.text.split("\n").length,
    bytes: file.bytes,
    imports: [],
    exports: [],
    functions: [],
    findings: [],
    parseProblem,
  };
}

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Parser } from "@vscode/tree-sitter-wasm";
import { messageOf } from "../../core/host-error.ts";
import { readShellText } from "./read-shell-text.ts";
import { type ShellLine, undecidable } from "./shell-line.ts";

/**
 * Understands lines for a shell once its grammar is loaded; before that, and where it cannot be, none is decidable,
 * so that each needs a person.
 */
export class ShellParser {
  private readonly folder: URL;
  private parser: Parser | null = null;
  private loading: Promise<string | null> | null = null;
  private fault = "The grammar for shell lines is not loaded";

  /** `folder` holds `tree-sitter.js`, `tree-sitter.wasm` and `tree-sitter-bash.wasm`; it ends with a slash. */
  constructor(folder: URL) {
    this.folder = folder;
  }

  /** Loads the grammar, the first time only. Why it cannot be loaded, null: it is. Never rejects. */
  load(): Promise<string | null> {
    this.loading ??= this.tryLoading();
    return this.loading;
  }

  readonly parse = (text: string): ShellLine => {
    const { parser } = this;
    if (parser === null) return undecidable(this.fault);
    return readShellText(text, (source) => parser.parse(source));
  };

  private async tryLoading(): Promise<string | null> {
    try {
      this.parser = await loadParser(this.folder);
      return null;
    } catch (error) {
      this.fault = `The grammar for shell lines cannot be loaded: ${messageOf(error).slice(0, 200)}`;
      return this.fault;
    }
  }
}

async function loadParser(folder: URL): Promise<Parser> {
  const [runtime, grammar] = await Promise.all([
    readFile(new URL("tree-sitter.wasm", folder)),
    readFile(new URL("tree-sitter-bash.wasm", folder)),
  ]);
  const { Parser: ParserClass, Language } = loadModule(folder);
  // With the bytes at hand nothing is looked for by this name, which would lead to wherever the module lies.
  const module = { wasmBinary: runtime, locateFile: (file: string) => file };
  await ParserClass.init(module);
  const parser = new ParserClass();
  parser.setLanguage(await Language.load(grammar));
  return parser;
}

/** Not bundled: it hides `require` under a variable of its own, and comes with its grammar from one folder. */
function loadModule(folder: URL): typeof import("@vscode/tree-sitter-wasm") {
  return createRequire(import.meta.url)(fileURLToPath(new URL("tree-sitter.js", folder)));
}

import type * as ts from "typescript-parser";
import type { FileFacts } from "../file-facts.ts";

const maxReferences = 300;
const maxConfigStrings = 3_000;
const maxLength = 200;
const sourcePath = /^[^\s:<>"'`]*\.[mc]?[jt]sx?$/;
const relativePath = /^\.{1,2}\/[^\s:<>"'`]*$/;

/** Collects strings that may name source files, so that nothing loaded by path counts as unreached. */
export class References {
  private readonly paths = new Set<string>();
  private readonly strings: Set<string> | undefined;

  constructor(isConfig: boolean) {
    this.strings = isConfig ? new Set() : undefined;
  }

  add(text: string): void {
    if (text.length === 0 || text.length > maxLength) return;
    if (this.strings !== undefined && this.strings.size < maxConfigStrings) this.strings.add(text);
    if (this.paths.size >= maxReferences) return;
    const last = text.charCodeAt(text.length - 1);
    const mayEndInExtension = last === 115 /* s */ || last === 120; /* x */
    if (mayEndInExtension && sourcePath.test(text)) this.paths.add(text);
    else if (text.charCodeAt(0) === 46 /* . */ && relativePath.test(text)) this.paths.add(text);
  }

  /** A key of a configuration object: aliases are often written without quotes. */
  addKey(text: string): void {
    if (this.strings !== undefined && this.strings.size < maxConfigStrings) this.strings.add(text);
  }

  /** `./locale/${name}.js` may be any file the pattern fits. */
  addTemplate(node: ts.TemplateExpression): void {
    let pattern = node.head.text;
    for (const span of node.templateSpans) pattern += `*${span.literal.text}`;
    // A leading substitution is mostly a folder: `${__dirname}/worker.js`.
    this.add(pattern.replace(/^\*\//, "./"));
  }

  facts(): Pick<FileFacts, "references" | "configStrings"> {
    return {
      ...(this.paths.size > 0 ? { references: [...this.paths] } : {}),
      ...(this.strings !== undefined ? { configStrings: [...this.strings] } : {}),
    };
  }
}

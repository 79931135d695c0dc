import type { FileFacts, ImportFact } from "../file-facts.ts";

const maxScanned = 200_000;
const maxFound = 300;
const componentFile = /\.(?:vue|svelte|astro|mdx)$/;
const referringFile =
  /(?:\.(?:json|jsonc|json5|ya?ml|toml|html?|sh|bash|ps1|cmd|bat|mk|xml|ejs|hbs|njk|pug|conf)|(?:^|\/)(?:[Dd]ockerfile[^/]*|[Mm]akefile|[Jj]ustfile|Procfile|BUILD(?:\.bazel)?))$/;
const lockFile = /(?:lock|lock\.json|lock\.ya?ml|shrinkwrap\.json|CHANGELOG\.md)$/;

/** What files that are not code load from the code: components, pages, scripts, settings. */
export function textReferences(path: string, text: string): Pick<FileFacts, "imports" | "references"> {
  if (lockFile.test(path)) return { imports: [] };
  const scanned = text.slice(0, maxScanned);
  if (componentFile.test(path)) return { imports: componentImports(scanned) };
  if (!referringFile.test(path)) return { imports: [] };
  const references = new Set<string>();
  for (const match of scanned.matchAll(/[\w@./*{}-]*[\w}*]\.[mc]?[jt]sx?\b/g)) {
    if (references.size >= maxFound) break;
    references.add(match[0].replace(/^\/(?!\/)/, ""));
  }
  // Function platforms write `handler: src/orders.create`.
  for (const match of scanned.matchAll(/handler["']?\s*:\s*["']?([\w./-]+)\.\w+/gi))
    references.add(`./${match[1]}`);
  return references.size === 0 ? { imports: [] } : { imports: [], references: [...references] };
}

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bsrc=)["']([^"'\n]{1,300})["']/g;

function componentImports(text: string): ImportFact[] {
  const imports: ImportFact[] = [];
  for (const match of text.matchAll(importPattern)) {
    if (imports.length >= maxFound) break;
    const before = text.slice(0, match.index).split("\n");
    const line = before.length;
    const column = (before[line - 1]?.length ?? 0) + 1;
    imports.push({
      specifier: match[1] ?? "",
      range: { startLine: line, startColumn: column, endLine: line, endColumn: column + match[0].length },
      typeOnly: false,
      deferred: false,
      optional: true,
      names: ["*"],
      reExport: false,
    });
  }
  return imports;
}

import ts from "typescript-parser";

/** Doc comments of exported constants and of properties of object literals, by their names, on one line each. */
export function docComments(sources: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const source of sources) {
    const file = ts.createSourceFile("protocol.ts", source, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const name = documentedName(node);
      const doc = name === null ? "" : docOf(node);
      if (name !== null && doc !== "" && !found.has(name)) found.set(name, doc);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

function documentedName(node: ts.Node): string | null {
  if (ts.isVariableStatement(node)) {
    const name = node.declarationList.declarations[0]?.name;
    return name !== undefined && ts.isIdentifier(name) ? name.text : null;
  }
  // Only methods and events are quoted; a plain field of the same name elsewhere is another thing.
  if (!ts.isPropertyAssignment(node)) return null;
  if (ts.isStringLiteral(node.name)) return node.name.text;
  return node.name.getText() === "initialize" ? "initialize" : null;
}

function docOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(comments.at(-1)?.comment) ?? "";
  return text.replace(/\s*\n\s*/g, " ").trim();
}

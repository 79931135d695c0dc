import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import { toGrammarDialect } from "../python/python-dialect.ts";
import { LineIndex } from "../text/line-index.ts";
import type { ReferenceKind } from "./query.ts";
import type { NamePlace } from "./references-in.ts";

/** Where an identifier stands in a Python file. */
export function pythonReferences(text: string, name: string): NamePlace[] {
  const lines = new LineIndex(text);
  const places: NamePlace[] = [];
  parser.parse(toGrammarDialect(text)).iterate({
    enter(ref) {
      if (ref.name !== "VariableName" && ref.name !== "PropertyName") return;
      if (ref.to - ref.from !== name.length || text.slice(ref.from, ref.to) !== name) return;
      places.push({ line: lines.lineAt(ref.from), kind: kindOf(ref.node) });
    },
  });
  return places;
}

function kindOf(node: SyntaxNode): ReferenceKind {
  const parent = node.parent;
  if (parent === null) return "use";
  switch (parent.name) {
    case "ImportStatement":
      return "import";
    case "FunctionDefinition":
    case "ClassDefinition":
    case "ParamList":
    case "LambdaExpression":
      return isBefore(node, ["Body", ":", "AssignOp"]) ? "definition" : "use";
    case "AssignStatement":
      return isBeforeLast(node, "AssignOp") ? "definition" : "use";
    case "ForStatement":
      return isBeforeLast(node, "in") ? "definition" : "use";
    case "MemberExpression":
      return isAssignedMember(node, parent) ? "definition" : "use";
    default:
      return previousNames(node).includes("as") ? "definition" : "use";
  }
}

/** Names before what follows them: `def f`, `class C`, a parameter before its default. */
function isBefore(node: SyntaxNode, marks: readonly string[]): boolean {
  const previous = node.prevSibling?.name ?? "";
  return !marks.includes(previous);
}

function isBeforeLast(node: SyntaxNode, mark: string): boolean {
  for (let next = node.nextSibling; next !== null; next = next.nextSibling) {
    if (next.name === mark) return true;
  }
  return false;
}

/** `self.name = …`. */
function isAssignedMember(node: SyntaxNode, member: SyntaxNode): boolean {
  return (
    node.name === "PropertyName" &&
    member.firstChild?.name === "VariableName" &&
    member.parent?.name === "AssignStatement" &&
    isBeforeLast(member, "AssignOp")
  );
}

function previousNames(node: SyntaxNode): string[] {
  return node.prevSibling === null ? [] : [node.prevSibling.name];
}

import type { SyntaxNode } from "@lezer/common";
import type { Severity } from "../../protocol/finding.ts";
import type { Rule } from "../rules/rule.ts";
import { ancestorsOf, enclosingFunction, type PythonSource, textOf } from "./python-tree.ts";
import type { CallArguments, PythonValues } from "./python-values.ts";

/** One call of a name that may be dangerous, with what the checks ask about it. */
export interface Call extends CallArguments {
  readonly source: PythonSource;
  readonly node: SyntaxNode;
  /** Full name by the imports (`subprocess.run`), or as written. */
  readonly target: string;
  readonly method: string;
  readonly values: PythonValues;
  readonly aliases: ReadonlyMap<string, string>;
}

/** What is wrong with a call. The rule's severity holds if there is none. */
export interface Problem {
  readonly rule: Rule;
  readonly message: string;
  readonly severity?: Severity;
}

export type Check = (call: Call) => Problem | undefined;

const untrustedText =
  /\b(?:request|req|body|payload|params|query_params|form|cookies?|argv|recv|recvfrom|socket|sock|response|resp|upload(?:ed)?|untrusted|user_?input|raw_input)\b|\binput\(/i;

export function looksUntrusted(call: Call, node: SyntaxNode): boolean {
  return untrustedText.test(textOf(call.source, node).slice(0, 500));
}

export function isQuoted(call: Call, node: SyntaxNode): boolean {
  return (
    call.values.isConstant(node) ||
    /^(?:shlex\.|pipes\.)?(?:quote|join)\(|^(?:int|len|float)\(|^sys\.executable$/.test(
      textOf(call.source, node),
    )
  );
}

export function isOwnBuildFile(call: Call): boolean {
  return /(?:^|\/)(?:setup|conf|noxfile|tasks|fabfile)\.py$/.test(call.source.path);
}

export function isTrue(call: Call, keyword: string): boolean {
  const value = call.keywords.get(keyword);
  return value !== undefined && textOf(call.source, value) === "True";
}

export function isFalse(call: Call, keyword: string): boolean {
  const value = call.keywords.get(keyword);
  return value !== undefined && textOf(call.source, value) === "False";
}

export function ownerName(call: Call): string {
  const owner = enclosingFunction(call.node)?.getChild("VariableName");
  return owner === null || owner === undefined ? "" : textOf(call.source, owner);
}

export function assignedName(call: Call): string {
  for (const { node } of ancestorsOf(call.node)) {
    if (node.name === "AssignStatement" && node.firstChild !== null)
      return textOf(call.source, node.firstChild);
    if (node.name === "Body") return "";
  }
  return "";
}

export function underMainGuard(call: Call): boolean {
  for (const { node } of ancestorsOf(call.node)) {
    if (node.name === "IfStatement" && /__name__/.test(call.source.text.slice(node.from, node.from + 40)))
      return true;
  }
  return false;
}

export function definesName(source: PythonSource, definition: SyntaxNode, name: string): boolean {
  const node = definition.getChild("VariableName");
  // A method called eval does not hide the builtin.
  return node !== null && textOf(source, node) === name && definition.parent?.name === "Script";
}

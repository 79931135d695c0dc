import type { SyntaxNode } from "@lezer/common";
import type { Finding } from "../../protocol/finding.ts";
import { isTestPath } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { checkFor, isSuspect } from "./call-table.ts";
import type { Call, Problem } from "./python-call.ts";
import { importAliases } from "./python-imports.ts";
import { dottedName, type PythonSource, textOf } from "./python-tree.ts";
import { PythonValues, readArguments } from "./python-values.ts";

/** Calls that are dangerous with data from outside. Tests are left out. */
export function unsafeCalls(source: PythonSource): Finding[] {
  if (isTestPath(source.path)) return [];
  const aliases = importAliases(source);
  const values = new PythonValues(source);
  const found: Finding[] = [];
  for (const node of source.nodes.get("CallExpression") ?? []) {
    const callee = node.firstChild;
    const list = node.lastChild;
    if (callee === null || list === null || list.name !== "ArgList") continue;
    const method = lastName(source, callee);
    if (!isSuspect(method)) continue;
    const target = qualifiedName(source, callee, aliases);
    const check = checkFor(target, method);
    if (check === undefined) continue;
    const call: Call = { source, node, target, method, values, aliases, ...readArguments(source, list) };
    const problem = check(call);
    if (problem !== undefined) found.push(report(call, problem));
  }
  return found;
}

function lastName(source: PythonSource, callee: SyntaxNode): string {
  const node = callee.name === "MemberExpression" ? callee.lastChild : callee;
  return node === null ? "" : source.text.slice(node.from, Math.min(node.to, node.from + 40));
}

function qualifiedName(
  source: PythonSource,
  callee: SyntaxNode,
  aliases: ReadonlyMap<string, string>,
): string {
  const written = dottedName(source, callee);
  if (written === undefined) return "";
  const [head = "", ...rest] = written.split(".");
  const target = aliases.get(head);
  if (target !== undefined) return [target, ...rest].join(".");
  // `os.system` means the module only where `os` is imported; a bare builtin needs no import.
  return rest.length === 0 ? written : "";
}

function report(call: Call, problem: Problem): Finding {
  const { source, node } = call;
  const severity = problem.severity ?? problem.rule.severity;
  const evidence = textOf(source, node).replaceAll(/\s+/g, " ").slice(0, 300);
  return finding(problem.rule, {
    file: source.path,
    range: source.lines.range(node.from, node.to),
    message: problem.message,
    evidence,
    severity,
  });
}

import type { SyntaxNode } from "@lezer/common";
import type { Finding } from "../../protocol/finding.ts";
import { isAsidePath } from "../files/file-role.ts";
import { finding } from "../rules/rule.ts";
import { mutableDefaultRule, swallowRule } from "./python-rules.ts";
import { childrenOf, type PythonSource, textOf } from "./python-tree.ts";

/** `except: pass` around everything. A named exception that is ignored on purpose stays silent. */
export function swallowedExceptions(source: PythonSource): Finding[] {
  if (isAsidePath(source.path)) return [];
  const found: Finding[] = [];
  for (const statement of source.nodes.get("TryStatement") ?? []) {
    const children = childrenOf(statement);
    children.forEach((child, index) => {
      if (child.name !== "except") return;
      const caught = children[index + 1];
      const bare = caught?.name === "Body";
      const body = children.slice(index + 1).find((next) => next.name === "Body");
      if (body === undefined || !onlyPasses(body) || hasComment(source, child, body)) return;
      const name = bare || caught === undefined ? "" : textOf(source, caught);
      if (!bare && !/^(?:Exception|BaseException)$/.test(name)) return;
      found.push(
        finding(swallowRule, {
          file: source.path,
          range: source.lines.range(
            child.from,
            (caught ?? child).name === "Body" ? child.to : (caught ?? child).to,
          ),
          message: `except${name === "" ? "" : ` ${name}`} with nothing but pass hides every error`,
          evidence: `except${name === "" ? "" : ` ${name}`}: pass`,
          identity: `${textOf(source, statement).replaceAll(/\s+/g, " ").slice(0, 200)}`,
        }),
      );
    });
  }
  return found;
}

function onlyPasses(body: SyntaxNode): boolean {
  return childrenOf(body).every((child) => /^(?::|PassStatement|Comment)$/.test(child.name));
}

/** Somebody who writes down why it is ignored has thought about it. */
function hasComment(source: PythonSource, from: SyntaxNode, body: SyntaxNode): boolean {
  return source.text.slice(from.from, body.to).includes("#");
}

/** Mutable defaults that the function changes or keeps; one that is only read does no harm and stays silent. */
export function mutableDefaults(source: PythonSource): Finding[] {
  if (isAsidePath(source.path)) return [];
  const found: Finding[] = [];
  for (const definition of source.nodes.get("FunctionDefinition") ?? []) {
    for (const { name, value } of defaultsOf(definition)) {
      if (!isMutable(source, value)) continue;
      const parameter = textOf(source, name);
      // Sharing is the purpose of these.
      if (/^_|cache|memo/i.test(parameter)) continue;
      const harm = harmTo(source, definition, parameter);
      if (harm === undefined) continue;
      found.push(
        finding(mutableDefaultRule, {
          file: source.path,
          range: source.lines.range(name.from, value.to),
          message: `Default of ${parameter} is shared between calls and ${harm} here`,
          evidence: `${parameter}=${textOf(source, value).slice(0, 100)}`,
          severity: harm === "changed" ? "warning" : "info",
        }),
      );
    }
  }
  return found;
}

function defaultsOf(definition: SyntaxNode): { name: SyntaxNode; value: SyntaxNode }[] {
  const defaults: { name: SyntaxNode; value: SyntaxNode }[] = [];
  let name: SyntaxNode | undefined;
  const list = definition.getChild("ParamList");
  for (const child of list === null ? [] : childrenOf(list)) {
    if (child.name === ",") name = undefined;
    else if (child.name === "VariableName" && name === undefined) name = child;
    else if (child.name === "AssignOp" && name !== undefined && child.nextSibling !== null) {
      defaults.push({ name, value: child.nextSibling });
    }
  }
  return defaults;
}

function isMutable(source: PythonSource, value: SyntaxNode): boolean {
  return (
    /^(?:Array|Dictionary|Set)(?:Comprehension)?Expression$/.test(value.name) ||
    /^(?:list|dict|set|defaultdict|deque|OrderedDict|bytearray)\(/.test(textOf(source, value))
  );
}

function harmTo(
  source: PythonSource,
  definition: SyntaxNode,
  parameter: string,
): "changed" | "kept" | undefined {
  const body = definition.getChild("Body");
  if (body === null || !/^\w+$/.test(parameter)) return undefined;
  const text = textOf(source, body).slice(0, 50_000);
  // Given a value of its own first: what follows concerns that value.
  if (new RegExp(`^\\s*${parameter}\\s*=[^=]`, "m").test(text)) return undefined;
  const changed = `(?<![.\\w])${parameter}(?:\\.(?:append|extend|add|update|insert|setdefault|pop|popitem|clear|remove|appendleft|sort)\\(|\\[[^\\]\\n]*\\]\\s*(?:[-+*/|&]?=)[^=]|\\s*(?:\\+|\\||&)=)`;
  if (new RegExp(changed).test(text)) return "changed";
  return new RegExp(`\\bself\\.\\w+\\s*=\\s*${parameter}\\s*$|^\\s*return ${parameter}\\s*$`, "m").test(text)
    ? "kept"
    : undefined;
}

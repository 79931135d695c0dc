import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import { messageOf } from "../../core/host-error.ts";

/** A YAML document as nodes with offsets. Aliases are left as they are, so a "billion laughs" costs nothing. */
export interface YamlTree {
  readonly root: Node | null;
  readonly problem: string | undefined;
}

const maxLength = 1_000_000;

export function parseYaml(text: string): YamlTree {
  if (text.length > maxLength) return { root: null, problem: "longer than a million characters" };
  try {
    const document = parseDocument(text, {
      logLevel: "silent",
      prettyErrors: false,
      uniqueKeys: false,
      keepSourceTokens: false,
    });
    const [error] = document.errors;
    return {
      root: document.contents,
      problem: error === undefined ? undefined : `not YAML: ${error.message.split("\n")[0]}`,
    };
  } catch (error) {
    // Nested so deep that the parser ran out of stack.
    return { root: null, problem: messageOf(error) };
  }
}

/** The value of a key of a map; null for all else. */
export function get(node: unknown, key: string): Node | null {
  for (const pair of pairs(node)) if (pair.key === key) return pair.value;
  return null;
}

/** Keys (as text) and values of a map. */
export function pairs(node: unknown): { key: string; value: Node | null }[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair: Pair) => {
    const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
    const value = pair.value as Node | null;
    return key === undefined ? [] : [{ key, value: isAlias(value) ? null : value }];
  });
}

export function items(node: unknown): Node[] {
  return isSeq(node) ? (node.items as Node[]) : [];
}

export function stringOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === "string" ? node.value : undefined;
}

/** Offsets of a node's own text. */
export function spanOf(node: Node): { from: number; to: number } {
  const [from = 0, to = from] = node.range ?? [];
  return { from, to };
}

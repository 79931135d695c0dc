import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import type * as z from "zod";
import { messageOf } from "../core/host-error.ts";
import { criterionSchema } from "../protocol/phase.ts";
import { type Rules, rulesSchema } from "../protocol/rules.ts";
import { decodeText } from "./decode-text.ts";

/** Bytes of a rules file that are read; a longer one is refused. */
export const maxRulesBytes = 256 * 1024;

type Path = readonly PropertyKey[];

/** Where a rules file is wrong and why. Lines and columns count from 1; null where no line is to blame. */
export interface RulesFault {
  readonly line: number | null;
  readonly column: number | null;
  /** `limits.parallel`, `phases.review.criteria.0.kind`; empty for the file as a whole. */
  readonly path: string;
  /** One line, at most 400 characters. */
  readonly reason: string;
}

/** A rules file that is YAML: what it says, and where. */
export interface RulesDocument {
  readonly values: Readonly<Record<string, unknown>>;
  /** A fault at the place of `path`, or of the nearest part of it that the file has. */
  fault(path: Path, reason: string): RulesFault;
}

export type Parsed<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "refused"; readonly fault: RulesFault };

/**
 * Reads the YAML 1.2 of a rules file, which may hold any part of the rules. UTF-8, with or without a byte order mark.
 * Refused are other encodings, more than 256 KiB, several documents, keys that stand twice or are no text, aliases,
 * and tags of other types.
 */
export function parseRulesFile(bytes: Uint8Array): Parsed<RulesDocument> {
  if (bytes.length > maxRulesBytes) {
    return refused(null, tooLong(bytes.length));
  }
  const text = decodeText(bytes);
  if (text.kind === "binary") return refused({ line: text.line, col: 1 }, "the file is no text in UTF-8");
  try {
    return parseText(text.text);
  } catch (error) {
    // Nested so deep that the parser ran out of stack.
    return refused(null, `the file cannot be parsed: ${messageOf(error)}`);
  }
}

/**
 * The rules below with what a file says laid over them. Maps are merged key by key, at any depth; a list, a text or a
 * number replaces what is below as a whole, so a file that lists one `criteria`, `protected` or `approvers` has to
 * list them all. `below` is null for the shipped file, which must be complete.
 */
export function layRules(below: Rules | null, document: RulesDocument): Parsed<Rules> {
  const parsed = rulesSchema.safeParse(below === null ? document.values : merged(below, document.values));
  if (parsed.success) return { kind: "ok", value: parsed.data };
  const [issue] = parsed.error.issues;
  if (issue === undefined) return { kind: "refused", fault: document.fault([], "the rules do not fit") };
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  return { kind: "refused", fault: document.fault([...issue.path, ...unknown], reasonOf(issue)) };
}

export function tooLong(bytes: number): string {
  return `the file has ${bytes} bytes, ${maxRulesBytes} are allowed`;
}

function parseText(text: string): Parsed<RulesDocument> {
  const lines = new LineCounter();
  // Repeated keys are looked for here: the parser compares each key with each.
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    // Not "silent": that would let further documents pass.
    logLevel: "error",
    prettyErrors: false,
    uniqueKeys: false,
    lineCounter: lines,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) return refused(lines.linePos(problem.pos[0]), `not YAML: ${problem.message}`);
  const root: Node | null = document.contents;
  const place = (node: unknown): Place | null => placeOf(node, lines);
  const odd = root === null ? null : findOdd(root);
  if (odd !== null) return refused(place(odd.node), odd.reason);
  if (root === null || (isScalar(root) && root.value === null))
    return { kind: "ok", value: documentOf({}, root, place) };
  if (!isMap(root)) return refused(place(root), "the file is no map of keys and values");
  const values: Readonly<Record<string, unknown>> = document.toJS();
  return { kind: "ok", value: documentOf(values, root, place) };
}

interface Place {
  readonly line: number;
  readonly col: number;
}

function refused(place: Place | null, reason: string): Parsed<never> {
  return { kind: "refused", fault: faultAt(place, [], reason) };
}

function faultAt(place: Place | null, path: Path, reason: string): RulesFault {
  const [line] = reason.split("\n");
  const short = (line ?? "").slice(0, 400);
  return {
    line: place?.line ?? null,
    column: place?.col ?? null,
    path: path.join(".").slice(0, 200),
    reason: short,
  };
}

function placeOf(node: unknown, lines: LineCounter): Place | null {
  const start = isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined;
  return start === undefined ? null : lines.linePos(start);
}

/** The first thing in a document that rules may not have. */
function findOdd(root: Node): { node: unknown; reason: string } | null {
  let found: { node: unknown; reason: string } | null = null;
  const stop = (node: unknown, reason: string): symbol => {
    found = { node, reason };
    return visit.BREAK;
  };
  visit(root, {
    Alias: (_key, node) => stop(node, `aliases such as *${node.source} are not allowed`),
    Map: (_key, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key) || typeof key.value !== "string") return stop(key ?? map, "a key that is no text");
        if (key.value === "__proto__") return stop(key, "the key __proto__ is not allowed");
        if (seen.has(key.value)) return stop(key, `the key ${key.value} stands twice`);
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

function documentOf(
  values: Readonly<Record<string, unknown>>,
  root: Node | null,
  place: (node: unknown) => Place | null,
): RulesDocument {
  return { values, fault: (path, reason) => faultAt(place(nearest(root, path)), path, reason) };
}

/** The key that ends `path` or, where its value has no key, the value; else the nearest part of it that is there. */
function nearest(root: Node | null, path: Path): unknown {
  let [value, shown]: [unknown, unknown] = [root, null];
  for (const part of path) {
    if (isMap(value)) {
      const pair: Pair | undefined = value.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) break;
      [value, shown] = [pair.value, pair.key];
    } else {
      const item: unknown = isCollection(value) ? value.get(part, true) : undefined;
      if (item === undefined) break;
      [value, shown] = [item, item];
    }
  }
  return shown;
}

function merged(below: unknown, above: unknown): unknown {
  if (!isRecord(below) || !isRecord(above)) return above;
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    result[key] = Object.hasOwn(below, key) ? merged(below[key], value) : value;
  }
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown key ${issue.keys.slice(0, 5).join(", ")}`;
  if (issue.code === "invalid_union") {
    const kinds = criterionSchema.options.map((option) => option.shape.kind.value);
    return `unknown kind of criterion; there are ${kinds.join(", ")}`;
  }
  return issue.message;
}

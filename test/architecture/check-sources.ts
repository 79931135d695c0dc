import { builtinModules } from "node:module";
import { posix } from "node:path";
import { findCycles } from "./find-cycles.ts";
import type { Layer } from "./layers.ts";
import type { ImportFact, SourceFacts } from "./source-file.ts";

/** One broken rule, ready to print. */
export type Violation = string;

export interface SourceRules {
  layers: readonly Layer[];
  maxFileLines: number;
}

/** Every rule of the layout that `files` (all sources of the repository) break, in the order of the files. */
export function checkSources(files: readonly SourceFacts[], rules: SourceRules): Violation[] {
  const paths = new Set(files.map((file) => file.path));
  return [
    ...files.flatMap((file) => [...checkShape(file, rules), ...checkImports(file, rules, paths)]),
    ...findCycles(loadGraph(files)).map((cycle) => `${cycle[0]}: import cycle ${cycle.join(" → ")}`),
  ];
}

function checkShape(file: SourceFacts, { maxFileLines, layers }: SourceRules): Violation[] {
  const found: Violation[] = [];
  if (layerOf(file.path, layers) === undefined) found.push(`${file.path}: belongs to no layer`);
  if (file.lines > maxFileLines) found.push(`${file.path}: ${file.lines} lines, at most ${maxFileLines}`);
  if (/(^|\/)index\.tsx?$/.test(file.path)) found.push(`${file.path}: index files hide what a folder holds`);
  for (const line of file.defaultExports) found.push(`${file.path}:${line}: default export`);
  if (mayThrowNameless(file.path)) return found;
  for (const line of file.namelessThrows) found.push(`${file.path}:${line}: throws a nameless error`);
  return found;
}

// core defines HostError; webviews have no host to report a code to.
function mayThrowNameless(path: string): boolean {
  return path.startsWith("agent-host/core/") || path.startsWith("webview-ui/");
}

function checkImports(file: SourceFacts, { layers }: SourceRules, paths: Set<string>): Violation[] {
  const layer = layerOf(file.path, layers);
  if (layer === undefined) return [];
  return file.imports.flatMap((each) => {
    const reason = each.specifier.startsWith(".")
      ? refuseFile(each, resolve(file.path, each.specifier), { layer, layers, paths })
      : refusePackage(each, layer);
    return reason === null ? [] : [`${file.path}:${each.line}: ${reason}`];
  });
}

interface ImportSite {
  layer: Layer;
  layers: readonly Layer[];
  paths: Set<string>;
}

function refuseFile(each: ImportFact, target: string, { layer, layers, paths }: ImportSite): string | null {
  const isStyle = target.endsWith(".css");
  if (!paths.has(target) && !isStyle) return `imports ${target}, which is no source file`;
  const owner = layerOf(target, layers);
  if (owner === undefined) return `imports ${target}, which belongs to no layer`;
  if (owner === layer) return null;
  const allowed = each.kind === "type" ? [...layer.code, ...layer.types] : layer.code;
  const isHost = owner.path.startsWith("agent-host/");
  if (allowed.includes(owner.path) || (allowed.includes("*") && isHost)) return null;
  return each.kind === "type"
    ? `may not import types of ${owner.path}`
    : `may not import code of ${owner.path} (${target})`;
}

function refusePackage(each: ImportFact, layer: Layer): string | null {
  const name = packageName(each.specifier);
  return layer.packages.includes(name) ? null : `may not import the package ${name}`;
}

function packageName(specifier: string): string {
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return "node";
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}

function layerOf(path: string, layers: readonly Layer[]): Layer | undefined {
  return layers
    .filter((layer) => (layer.path.endsWith("/") ? path.startsWith(layer.path) : path === layer.path))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** Which file loads which at run time; types vanish and cannot make a cycle. */
function loadGraph(files: readonly SourceFacts[]): Map<string, string[]> {
  return new Map(
    files.map((file) => [
      file.path,
      file.imports
        .filter((each) => each.kind !== "type" && each.specifier.startsWith("."))
        .map((each) => resolve(file.path, each.specifier)),
    ]),
  );
}

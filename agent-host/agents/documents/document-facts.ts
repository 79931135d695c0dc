import type { ResearchResult } from "../../protocol/analysis.ts";
import { licenceOf } from "./licence-text.ts";
import { type Outline, plainText } from "./markdown-outline.ts";
import { parseJson } from "./workspace-commands.ts";

type Fact = ResearchResult["facts"][number];

const maxLength = 300;

/** What the project is for: the README's first sentence of prose, if it stands above all sections. */
export function purposeOf(file: string, outline: Outline): Fact | undefined {
  const end =
    outline.headings.find((heading) => heading.level > 1 && heading.line > 3)?.line ??
    Number.MAX_SAFE_INTEGER;
  for (const [index, line] of outline.lines.entries()) {
    if (line.number >= end) return undefined;
    if (line.fence !== undefined || !isProse(line.text)) continue;
    const paragraph: string[] = [];
    for (const next of outline.lines.slice(index, index + 10)) {
      if (next.text.trim() === "" || next.fence !== undefined) break;
      paragraph.push(next.text.trim());
    }
    const text = plainText(paragraph.join(" "));
    const sentence = /^.{20,}?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
    if (sentence.length >= 20) return { statement: `Purpose: ${clip(sentence)}`, file, line: line.number };
  }
  return undefined;
}

/** Not a heading, badge, image, list, quote, table, comment or underline. */
function isProse(line: string): boolean {
  const text = line.trim();
  if (
    text === "" ||
    /^(?:#|[-*+]\s|[-=~*]{3}|[|>:]|\d+[.)]|<\/?(?:p|div|h\d|img|a|br|center|picture|source|table|sup)\b|!\[|\[!\[|\.\. )/i.test(
      text,
    )
  )
    return false;
  return plainText(text).split(" ").length >= 4;
}

/** What it is for, how to build, test and start it, and what it needs, by the root `package.json`. */
export function packageFacts(file: string, text: string, manager: string): Fact[] {
  const json = parseJson(text);
  const lines = text.split("\n");
  const lineOf = (pattern: RegExp) =>
    Math.max(
      lines.findIndex((line) => pattern.test(line)),
      0,
    ) + 1;
  const facts: Fact[] = [];
  const { description } = json;
  if (typeof description === "string" && description.length >= 20) {
    facts.push({
      statement: `Purpose: ${clip(plainText(description))}`,
      file,
      line: lineOf(/"description"\s*:/),
    });
  }
  const scripts = fieldsOf(json.scripts);
  for (const [name, verb] of commands) {
    const script = scripts.find(([key]) => key === name);
    if (script === undefined) continue;
    const command = name === "test" || name === "start" ? `${manager} ${name}` : `${manager} run ${name}`;
    facts.push({
      statement: `${verb}: ${command} (${clip(script[1])})`,
      file,
      line: lineOf(new RegExp(`"${name}"\\s*:`)),
    });
  }
  for (const [engine, range] of fieldsOf(json.engines)) {
    facts.push({
      statement: `Requires ${engine} ${range}`,
      file,
      line: lineOf(new RegExp(`"${engine.replaceAll(/\W/g, ".")}"\\s*:`)),
    });
  }
  const { license, packageManager } = json;
  if (typeof license === "string")
    facts.push({
      statement: `Licence by the manifest: ${clip(license)}`,
      file,
      line: lineOf(/"license"\s*:/),
    });
  if (typeof packageManager === "string") {
    facts.push({
      statement: `Package manager: ${clip(packageManager.split("+")[0] ?? "")}`,
      file,
      line: lineOf(/"packageManager"\s*:/),
    });
  }
  return facts;
}

const commands: readonly (readonly [string, string])[] = [
  ["build", "Build"],
  ["test", "Test"],
  ["lint", "Lint"],
  ["start", "Start"],
  ["dev", "Develop"],
];

function fieldsOf(value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

/** The package manager that the lock file in the root belongs to; npm without one. */
export function packageManagerOf(paths: ReadonlySet<string>): string {
  return lockFiles.find(([file]) => paths.has(file))?.[1] ?? "npm";
}

const lockFiles: readonly (readonly [string, string])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
];

/** Python version and licence by `pyproject.toml`, told by its lines. */
export function pyprojectFacts(file: string, text: string): Fact[] {
  const facts: Fact[] = [];
  text.split("\n").forEach((line, index) => {
    const python = /^(?:requires-python|python)\s*=\s*["']([^"']+)["']/.exec(line)?.[1];
    if (python !== undefined)
      facts.push({ statement: `Requires Python ${clip(python)}`, file, line: index + 1 });
    const licence = /^license\s*=\s*(?:\{\s*text\s*=\s*)?["']([^"']+)["']/.exec(line)?.[1];
    if (licence !== undefined)
      facts.push({ statement: `Licence by the manifest: ${clip(licence)}`, file, line: index + 1 });
  });
  return facts;
}

/** `.nvmrc` and the like hold one version. */
export function versionFileFact(file: string, text: string): Fact | undefined {
  const version = text.trim().split("\n")[0]?.trim() ?? "";
  if (!/^[\w./*-]{1,30}$/.test(version)) return undefined;
  return {
    statement: `${file.includes("python") ? "Python" : "Node.js"} version in use: ${version}`,
    file,
    line: 1,
  };
}

export function licenceFact(file: string, text: string): Fact | undefined {
  const licence = licenceOf(text);
  return licence === undefined ? undefined : { statement: `Licence: ${licence}`, file, line: 1 };
}

/** Commands that code blocks give for building and testing; the first of each. */
export function commandFacts(file: string, outline: Outline): Fact[] {
  const facts = new Map<string, Fact>();
  for (const line of outline.lines) {
    if (line.fence === undefined) continue;
    const command = line.text.trim().replace(/^[$>]\s+/, "");
    const kind = kindOfCommand(command);
    if (kind !== undefined && !facts.has(kind))
      facts.set(kind, { statement: `${kind}, says the document: ${clip(command)}`, file, line: line.number });
  }
  return [...facts.values()];
}

const tools =
  /^(?:npm|npx|yarn|pnpm|bun|make|tox|nox|uv|poetry|pip|pip3|python3?|pytest|cargo|go|mvn|gradle|\.\/gradlew|docker|just|task|hatch)\s/;

function kindOfCommand(command: string): string | undefined {
  if (!tools.test(`${command} `) || command.length > 200) return undefined;
  if (/\b(?:test|tests|pytest|tox|nox)\b/.test(command)) return "Test";
  if (/\bbuild\b/.test(command)) return "Build";
  return /\b(?:install|ci|sync)\b/.test(command) ? "Install" : undefined;
}

function clip(text: string): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
